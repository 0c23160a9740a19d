"""Sequences and alerts on published series (furnished by the monitoring work)."""
