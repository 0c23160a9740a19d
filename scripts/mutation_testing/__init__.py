"""Mutation testing with mutmut's mutants: finds the wrong formulas that no test would notice."""
