"""How well the golden set resembles what is measured: its scores, its texts, its languages."""
