"""Tests of lib/moments."""
