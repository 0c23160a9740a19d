"""Limits of a linear combination of rates from the limits of each: the square-root rule, also called MOVER."""

from collections.abc import Sequence

import numpy as np

from lib.estimation.change.rate_estimate import RateWithInterval, require_rate
from lib.estimation.functionals import FloatArray


def combination_limits(
    coefficients: Sequence[float], rates: Sequence[RateWithInterval], correlation: FloatArray | None = None
) -> tuple[float, float]:
    """Return the limits of Σ c_i R_i at the level of the intervals of the R_i.

    With v_i the way from c_i·R_i to the end of its own interval on the side in question (for the lower limit
    c_i·(R_i - low_i) if c_i > 0, else c_i·(high_i - R_i)) and ρ the correlation of the estimates,

        limit = Σ c_i R_i ± √(v'ρv)

    so that skewed intervals give a skewed one. Zou & Donner (2008) for independent estimates; Zou (2008) with
    correlation.

    Args:
        coefficients: c, one a rate
        rates: the rates with their intervals, all of one level
        correlation: of the estimates, (rates)²; None if they are independent

    Returns:
        lower and upper limit, finite

    Raises:
        ValueError: a rate lies outside its interval or is not finite

    """
    for rate in rates:
        require_rate(rate)
    c = np.asarray(coefficients, dtype=np.float64)
    value = np.array([rate.prevalence for rate in rates])
    below = value - np.array([rate.ci_low for rate in rates])
    above = np.array([rate.ci_high for rate in rates]) - value
    rho = np.eye(len(rates)) if correlation is None else correlation
    centre = float(c @ value)
    low = centre - _root(c * np.where(c > 0.0, below, above), rho)
    high = centre + _root(c * np.where(c > 0.0, above, below), rho)
    return low, high


def _root(ways: FloatArray, correlation: FloatArray) -> float:
    """√(v'ρv); an estimated correlation may make the form negative by rounding: 0 then."""
    return float(np.sqrt(max(0.0, float(ways @ correlation @ ways))))
