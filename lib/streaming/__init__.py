"""Builds and samples units as their log rows arrive, and holds the result against the nightly batch."""
