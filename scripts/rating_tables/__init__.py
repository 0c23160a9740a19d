"""Tables of votes for scripts/rate_agreement.py: reading them, and the coefficients to print."""
