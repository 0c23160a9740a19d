"""Synthetic logs with known truth: who asks what, what violates, what goes wrong on the way, and the census of it."""
