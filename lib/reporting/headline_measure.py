"""What the headline numbers of a page count by."""

from schemas.contracts.settings import EstimationSettings


def headline_measure(estimation: EstimationSettings) -> str:
    """Return units, or what is estimated instead."""
    return "units" if "units" in estimation.measures else estimation.measures[0]
