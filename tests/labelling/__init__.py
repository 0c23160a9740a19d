"""Tests of lib/labelling."""
