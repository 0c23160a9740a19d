"""Labelers: who gives verdicts on sampled units, behind one protocol."""
