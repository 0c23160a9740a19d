"""Tests of lib/units."""
