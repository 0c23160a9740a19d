"""Spark side of estimation: reduces labelled samples to additive moments and rolls them up."""
