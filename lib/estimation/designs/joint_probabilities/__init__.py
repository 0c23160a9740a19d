"""Joint inclusion probabilities of fixed-size designs, one module a design, for a whole population."""
