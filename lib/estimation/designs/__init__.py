"""Analysis designs: how a sample was drawn, bound once to its weights and variance."""
