"""A prevalence with its interval: what two periods are compared by."""

import math
from dataclasses import dataclass
from typing import Protocol


class RateWithInterval(Protocol):
    """Anything with a share and the limits of its interval; a row shown on the dashboard is one."""

    @property
    def prevalence(self) -> float:
        """The share, in [0, 1]."""

    @property
    def ci_low(self) -> float:
        """Lower limit, at most the share."""

    @property
    def ci_high(self) -> float:
        """Upper limit, at least the share."""


@dataclass(frozen=True)
class RateEstimate:
    """A share with the limits of its interval, all finite, ci_low <= prevalence <= ci_high."""

    prevalence: float
    ci_low: float
    ci_high: float

    def __post_init__(self) -> None:
        require_rate(self)


def require_rate(rate: RateWithInterval) -> None:
    """Raise ValueError unless the share lies within its finite limits."""
    numbers = (rate.ci_low, rate.prevalence, rate.ci_high)
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError(f"ci_low, prevalence and ci_high must be finite, not {numbers}; leave this number out.")
    if not rate.ci_low <= rate.prevalence <= rate.ci_high:
        raise ValueError(
            f"prevalence {rate.prevalence} is outside its interval ({rate.ci_low}, {rate.ci_high}); "
            "take both from the same estimate."
        )
