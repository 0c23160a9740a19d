"""The gates: each holds one kind of figure against its limit, for the numbers that it speaks for."""
