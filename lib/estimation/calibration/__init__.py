"""Calibration of a sample's weights to known population totals, one module a method."""
