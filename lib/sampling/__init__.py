"""Draws probability samples: strata, size measure, threshold selection, rung subsamples."""
