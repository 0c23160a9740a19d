"""Confidence limits of a total without known size, or of a quantity that is no rate."""

import numpy as np

from lib.estimation.intervals.wald import wald
from scripts.labelled_tables.rate_limits import Limits
from scripts.labelled_tables.sample import Sample


def quantity_limits(
    sample: Sample, value: float, std_error: float, degrees_of_freedom: float, *, largest: float, level: float
) -> Limits:
    """Return Wald's limits, not below 0 if no label is.

    Labels of 0 and 1 without a positive give (0, -k·ln(α/2)] with k the largest weight x exposure: the rule of three
    (Hanley & Lippman-Hand 1983) for unequal weights.

    Args:
        sample: the sample
        value: the estimate
        std_error: its standard error
        degrees_of_freedom: of the standard error
        largest: k, in the unit of the estimate
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit

    """
    low, high = wald(value, std_error, degrees_of_freedom=degrees_of_freedom, level=level)
    if np.isin(sample.label, (0.0, 1.0)).all() and std_error == 0.0:
        high = value - float(np.log((1.0 - level) / 2.0)) * largest
    return max(low, 0.0) if (sample.label >= 0.0).all() else low, high
