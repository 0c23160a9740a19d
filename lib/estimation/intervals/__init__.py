"""Confidence intervals of rare rates: one method a module, and the one that a prevalence is published with."""
