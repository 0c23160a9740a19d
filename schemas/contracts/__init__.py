"""Contracts that need no Spark: conf files, policies, designs, names of moments."""
