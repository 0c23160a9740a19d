"""How well raters agree, beyond chance: coefficients as functions of the weighted sample, under any design."""
