"""Directions between labelled days, from scores alone, and how often they were right; without Spark."""
