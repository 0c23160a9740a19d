"""Links a series across its breaks: earlier numbers as they would be under the version of today, marked as linked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from scipy import stats

LinkMethod = Literal["ratio", "difference"]


@dataclass(frozen=True)
class SeriesPoint:
    """A published number of a period: a share with standard error and interval.

    Attributes:
        period_start: first day
        period_end: last day
        prevalence: share in [0, 1]
        std_error: its standard error
        ci_low: lower limit
        ci_high: upper limit

    """

    period_start: date
    period_end: date
    prevalence: float
    std_error: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class SeriesBreak:
    """A documented break: a shift or a ratio new / old with its errors.

    Attributes:
        ds: first day under the new version
        value: the difference new - old in shares, or the ratio new / old
        ci_low: its lower limit
        ci_high: its upper limit; infinite if there is none
        std_error: its standard error on the days of the study
        process_std_error: its standard error for other days, at least `std_error`

    """

    ds: date
    value: float
    ci_low: float
    ci_high: float
    std_error: float
    process_std_error: float


@dataclass(frozen=True)
class LinkedPoint:
    """A number of the linked series; the published one stays beside it.

    Attributes:
        published: the number as it was published, never rewritten
        prevalence: linked share in [0, 1]; the published one if no break lies after it
        std_error: with the errors of the breaks propagated
        ci_low: lower limit
        ci_high: upper limit
        breaks: first days of the breaks it was carried across, earliest first

    """

    published: SeriesPoint
    prevalence: float
    std_error: float
    ci_low: float
    ci_high: float
    breaks: tuple[date, ...]

    @property
    def is_linked(self) -> bool:
        """Whether it is a back-cast and not a published number."""
        return bool(self.breaks)


def link_series(
    points: Sequence[SeriesPoint], breaks: Sequence[SeriesBreak], *, method: LinkMethod, level: float
) -> list[LinkedPoint]:
    """Carry every point before a break to the version after the last one.

        difference: L = R + Σ_b s_b            V̂(L) = V̂(R) + Σ_b V̂(s_b)
        ratio:      L = R·Π_b r_b              V̂(L)/L² = V̂(R)/R² + Σ_b V̂(r_b)/r_b²        Goodman (1960)

    to first order, for a point whose sample shares no unit with the study; V̂ of a break is that for other days. The
    limits follow by the square-root rule (Zou & Donner 2008) on the same linear terms, cut off at 0 and 1. The error of
    a break is common to all points before it: a change between two of them does not have it.

    Args:
        points: the series as published, one policy and measure
        breaks: its breaks: differences or ratios, as `method` says
        method: ratio keeps relative changes and cannot fall below 0; difference keeps changes in points
        level: level in (0, 1) of the intervals of the points and breaks

    Returns:
        one linked point a point, in their order

    Raises:
        ValueError: a point has days on both sides of a break, a number is not finite, or a ratio is negative

    """
    if method not in ("ratio", "difference"):
        raise ValueError(f"Link method {method!r} is not known; choose ratio or difference.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
    in_order = sorted(breaks, key=lambda known: known.ds)
    for known in in_order:
        _require_usable(known, method)
    quantile = float(stats.norm.ppf((1.0 + level) / 2.0))
    return [_linked(point, in_order, method, quantile) for point in points]


def _require_usable(known: SeriesBreak, method: LinkMethod) -> None:
    if not all(math.isfinite(number) for number in (known.value, known.ci_low, known.process_std_error)):
        raise ValueError(f"The break on {known.ds} has no finite {method}; link by the other method or study it again.")
    if method == "ratio" and known.value < 0.0:
        raise ValueError(f"The ratio of the break on {known.ds} is {known.value}; a ratio of shares is >= 0.")


def _linked(point: SeriesPoint, breaks: Sequence[SeriesBreak], method: LinkMethod, quantile: float) -> LinkedPoint:
    for known in breaks:
        if point.period_start < known.ds <= point.period_end:
            raise ValueError(
                f"The period {point.period_start} to {point.period_end} has days on both sides of the break on "
                f"{known.ds}; sum its days on either side apart, or leave it out."
            )
    crossed = [known for known in breaks if point.period_end < known.ds]
    factor = math.prod(known.value for known in crossed) if method == "ratio" else 1.0
    shift = math.fsum(known.value for known in crossed) if method == "difference" else 0.0
    slopes = [_slope(point, crossed, position, method) for position in range(len(crossed))]
    linked = min(1.0, max(0.0, factor * point.prevalence + shift))
    below, above = [factor * (point.prevalence - point.ci_low)], [factor * (point.ci_high - point.prevalence)]
    for known, slope in zip(crossed, slopes, strict=True):
        ways = _ways(known, quantile)
        below.append(slope * ways[0])
        above.append(slope * ways[1] if slope > 0.0 else 0.0)
    errors = [slope * known.process_std_error for known, slope in zip(crossed, slopes, strict=True)]
    return LinkedPoint(
        published=point,
        prevalence=linked,
        std_error=math.hypot(factor * point.std_error, *errors),
        ci_low=max(0.0, linked - math.hypot(*below)),
        ci_high=min(1.0, linked + math.hypot(*above)),
        breaks=tuple(known.ds for known in crossed),
    )


def _slope(point: SeriesPoint, crossed: Sequence[SeriesBreak], position: int, method: LinkMethod) -> float:
    """Derivative of the linked share by one break's value."""
    if method == "difference":
        return 1.0
    return point.prevalence * math.prod(known.value for other, known in enumerate(crossed) if other != position)


def _ways(known: SeriesBreak, quantile: float) -> tuple[float, float]:
    """From the value to its limits, with the part of the error that only other days have (it has no skew)."""
    further = quantile * math.sqrt(max(0.0, known.process_std_error**2 - known.std_error**2))
    return math.hypot(known.value - known.ci_low, further), math.hypot(known.ci_high - known.value, further)
