"""Relative change of a prevalence between two periods: the ratio with its interval."""

import math
from dataclasses import dataclass

from lib.estimation.change.rate_estimate import RateWithInterval, require_rate


@dataclass(frozen=True)
class RelativeChange:
    """A ratio now / before of two shares with the limits of its interval.

    Attributes:
        ratio: now / before; None if before is 0
        low: lower limit, >= 0
        high: upper limit; infinite if the earlier share may be 0

    """

    ratio: float | None
    low: float
    high: float

    @property
    def relative_change(self) -> float | None:
        """(now - before) / before: 0.25 is a rise by a quarter; None if before is 0."""
        return None if self.ratio is None else self.ratio - 1.0

    @property
    def is_beyond_error(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low > 1.0 or self.high < 1.0


def ratio_between(now: RateWithInterval, before: RateWithInterval, *, correlation: float = 0.0) -> RelativeChange:
    """Return the ratio of two periods' prevalences by the square-root rule for ratios, MOVER-R.

    The limits are the r at which the square-root interval of now - r·before touches 0. With the shares N and B,
    n = N² - (N - low_N)², b = B² - (high_B - B)² and m = N·B - ρ·(N - low_N)·(high_B - B),

        low = (m - √(m² - n·b)) / b = n / (m + √(m² - n·b))

    and the upper limit likewise with the other ends of the intervals. Donner & Zou (2012); with symmetric
    intervals it is Fieller's (1954). Zero positives now give (0, U]; zero positives before, no ratio and no upper
    limit; in both, (0, ∞): nothing is known.

    Args:
        now: share >= 0 and interval of the later period
        before: the same of the earlier period, at the same level
        correlation: of the two estimates, in [-1, 1]; 0 if no unit is in both samples

    Returns:
        the ratio with limits at the level of the two intervals

    Raises:
        ValueError: a share is negative, outside its interval or not finite, or the correlation is outside [-1, 1]

    """
    for rate in (now, before):
        require_rate(rate)
        if rate.ci_low < 0.0:
            raise ValueError(f"A ratio needs shares and limits >= 0; ci_low is {rate.ci_low}: cut it off at 0.")
    if not -1.0 <= correlation <= 1.0:
        raise ValueError(f"correlation must be in [-1, 1], not {correlation}; 0 for samples without common units.")
    ratio = now.prevalence / before.prevalence if before.prevalence > 0.0 else None
    low, high = _lower_limit(now, before, correlation), _upper_limit(now, before, correlation)
    if ratio is not None:
        low, high = min(low, ratio), max(high, ratio)  # equal up to rounding where an interval has no width
    return RelativeChange(ratio=ratio, low=low, high=high)


def _lower_limit(now: RateWithInterval, before: RateWithInterval, correlation: float) -> float:
    way_now, way_before = now.prevalence - now.ci_low, before.ci_high - before.prevalence
    n = now.prevalence**2 - way_now**2
    b = before.prevalence**2 - way_before**2
    m = now.prevalence * before.prevalence - correlation * way_now * way_before
    denominator = m + math.sqrt(max(0.0, m**2 - n * b))
    return n / denominator if denominator > 0.0 else 0.0


def _upper_limit(now: RateWithInterval, before: RateWithInterval, correlation: float) -> float:
    way_now, way_before = now.ci_high - now.prevalence, before.prevalence - before.ci_low
    n = now.prevalence**2 - way_now**2
    b = before.prevalence**2 - way_before**2
    m = now.prevalence * before.prevalence - correlation * way_now * way_before
    return (m + math.sqrt(max(0.0, m**2 - n * b))) / b if b > 0.0 else math.inf
