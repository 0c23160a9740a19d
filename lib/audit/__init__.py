"""Audits: what estimators and intervals really do, by drawing many samples from a population whose truth is known."""
