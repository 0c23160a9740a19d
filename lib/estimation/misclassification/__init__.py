"""Prevalence from an imperfect labeler: its error rates from an audit, and the rate corrected for them."""
