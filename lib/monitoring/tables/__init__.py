"""Spark: from tables to the few records that monitoring works on, and back."""
