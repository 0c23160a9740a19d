"""Which segments drive a change: changes of their rates, and of their shares of the exposure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

SHOWN_DRIVERS = 5
Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Span:
    """A segment over a span of days: its share of the exposure, its rate with standard error."""

    share: float
    rate: float
    std_error: float


def drivers_of(
    numbers: Iterable[Row], *, before: tuple[date, date], after: tuple[date, date]
) -> tuple[list[dict[str, Any]], float | None]:
    """Split the change of a rate R = Σ w_g R_g between two spans of days by segments g.

        ΔR = Σ_g (w_g + w'_g)/2·ΔR_g  +  Σ_g ((R_g + R'_g)/2 - (R + R')/2)·Δw_g

    the effect of the rates and that of the mix (Kitagawa 1955); the second is taken about the mean rate, so that a
    segment of average rate that grows has no effect. Days are summed with their exposure. A segment without a released
    number on some days has the rate of its other days; one without any takes no part, and what the parts leave of ΔR
    is unexplained. The split that explains most is returned, of several kinds of segment.

    Args:
        numbers: rows of `released_prevalence` of days, one policy, measure and estimator, the whole and its segments
        before: first and last day of the earlier span
        after: first and last day of the later span

    Returns:
        up to five rows of `drivers`, largest effect first, and the unexplained part; none and None if no kind of
        segment has a number in both spans

    """
    days = list(numbers)
    spans = [[row for row in days if first <= row["period_start"] <= last] for first, last in (before, after)]
    whole = [_rate([row for row in span if row["segment"] == "all"]) for span in spans]
    if whole[0] is None or whole[1] is None:
        return [], None
    change = whole[1][0] - whole[0][0]
    mean_rate = (whole[0][0] + whole[1][0]) / 2.0
    best: tuple[list[dict[str, Any]], float | None] = ([], None)
    for segment in sorted({row["segment"] for row in days} - {"all"}):
        parts = [_segments([row for row in span if row["segment"] == segment]) for span in spans]
        drivers = _drivers(segment, parts[0], parts[1], mean_rate)
        if len(drivers) < 2:
            continue  # a single part is the whole
        unexplained = change - sum(driver["effect"] for driver in drivers)
        if best[1] is None or _spread(drivers) > _spread(best[0]):
            best = (drivers, unexplained)
    return best[0][:SHOWN_DRIVERS], best[1]


def _drivers(
    segment: str, before: Mapping[str, _Span], after: Mapping[str, _Span], mean_rate: float
) -> list[dict[str, Any]]:
    drivers = []
    for value in sorted(before.keys() & after.keys()):
        old, new = before[value], after[value]
        share = (old.share + new.share) / 2.0
        by_rate = share * (new.rate - old.rate)
        by_mix = ((old.rate + new.rate) / 2.0 - mean_rate) * (new.share - old.share)
        drivers.append(
            {
                "segment": segment,
                "segment_value": value,
                "effect": by_rate + by_mix,
                "rate_effect": by_rate,
                "rate_std_error": share * float(np.hypot(old.std_error, new.std_error)),
                "mix_effect": by_mix,
                "rate_before": old.rate,
                "rate_after": new.rate,
                "share_before": old.share,
                "share_after": new.share,
            }
        )
    return sorted(drivers, key=lambda driver: -abs(driver["effect"]))


def _spread(drivers: list[dict[str, Any]]) -> float:
    """How far the surest driver stands out: what explains a change is not what merely adds up."""
    ratios = [abs(d["rate_effect"]) / d["rate_std_error"] for d in drivers if d["rate_std_error"] > 0.0]
    return float(max(ratios, default=0.0))


def _segments(rows: list[Row]) -> dict[str, _Span]:
    total = sum(float(row["exposure_total"]) for row in rows)
    found = {}
    for value in {row["segment_value"] for row in rows}:
        of_value = [row for row in rows if row["segment_value"] == value]
        rate = _rate(of_value)
        if rate is not None and total > 0.0:
            share = sum(float(row["exposure_total"]) for row in of_value) / total
            found[value] = _Span(share, *rate)
    return found


def _rate(rows: list[Row]) -> tuple[float, float] | None:
    """Rate of the days that have one, summed with their exposure, and its standard error."""
    released = [row for row in rows if row["prevalence"] is not None]
    exposure = np.array([float(row["exposure_total"]) for row in released])
    if not exposure.sum() > 0.0:
        return None
    weights = exposure / exposure.sum()
    rate = float(weights @ np.array([float(row["prevalence"]) for row in released]))
    error = float(np.linalg.norm(weights * np.array([float(row["std_error"] or 0.0) for row in released])))
    return rate, error
