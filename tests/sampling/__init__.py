"""Tests of lib/sampling."""
