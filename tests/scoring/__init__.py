"""Mirrors lib/scoring."""
