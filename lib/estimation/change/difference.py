"""Change of a prevalence between two periods, in points, with its interval."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.change.rate_estimate import RateWithInterval
from lib.estimation.change.square_root_rule import combination_limits


@dataclass(frozen=True)
class Change:
    """A difference of two shares with the limits of its interval."""

    difference: float
    low: float
    high: float

    @property
    def is_beyond_error(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def change_between(now: RateWithInterval, before: RateWithInterval, *, correlation: float = 0.0) -> Change:
    """Return the change between two periods, by the square-root rule of Zou & Donner (2008).

        low  = now - before - √((now - low_now)² + (high_before - before)²)        high alike

    Units are per day and every unit has its own random number, so estimates of periods without a common day are
    independent; `lib.estimation.change.overlapping_periods` gives the correlation of those that share days.

    Args:
        now: share and interval of the later period; zero positives with an interval (0, U] are fine
        before: the same of the earlier period, at the same level
        correlation: of the two estimates, in [-1, 1]; 0 if no unit is in both samples

    Returns:
        now - before in shares; its interval has the level of the two intervals and inherits their skew.

    Raises:
        ValueError: a share is outside its interval or not finite, or the correlation is outside [-1, 1]

    """
    matrix = correlation_matrix(correlation)
    low, high = combination_limits((1.0, -1.0), (now, before), matrix)
    return Change(difference=now.prevalence - before.prevalence, low=low, high=high)


def correlation_matrix(correlation: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return ((1, ρ), (ρ, 1)); raises ValueError if ρ is outside [-1, 1]."""
    if not -1.0 <= correlation <= 1.0:
        raise ValueError(f"correlation must be in [-1, 1], not {correlation}; 0 for samples without common units.")
    return np.array([[1.0, correlation], [correlation, 1.0]])
