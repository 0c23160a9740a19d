"""Estimates as the page shows them: one that is not shown has no figures, so nothing after this module can show them.

Not shown are numbers that are held, and those of a segment with too few labels.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

from lib.reporting import figures

NO_REASON: Final = "no reason recorded"
NO_ESTIMATE: Final = "estimable: there is no estimate with an interval"
EVERYTHING: Final = "all"
UNIT: Final = "unit"
PERIODS: Final = ("day", "week", "quarter", "all")
_ALL_DAYS: Final = date.min


@dataclass(frozen=True)
class Figure:
    """A released share in [0, 1] with its interval; standard error and effective sample size if they are known."""

    prevalence: float
    ci_low: float
    ci_high: float
    std_error: float | None = None
    effective_sample_size: float | None = None


@dataclass(frozen=True)
class Estimate:
    """One row of `prevalence`.

    Args:
        figure: the prevalence, or of a component its share of the violating exposure; None if it is not shown
        is_too_few: whether it is not shown because its segment has too few labels
        hold_reasons: why it is held; empty if it is not
        warnings: gates that it broke and that only warn
        n_labels: rung to units with a verdict

    """

    design_id: str
    period: str
    first_day: date
    last_day: date
    n_days: int
    policy: str
    measure: str
    segment: str
    segment_value: str
    component: str
    estimator: str
    figure: Figure | None
    is_too_few: bool
    hold_reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    ci_method: str
    n_labels: Mapping[str, int]
    label_sources: tuple[str, ...]
    release_id: str | None

    @property
    def anchor(self) -> date:
        """What tells its period from others of the kind: the day, the Monday, the quarter's first day."""
        return anchor_of(self.period, self.first_day)

    @property
    def key(self) -> tuple[str, date, str, str, str, str, str, str]:
        """What it is an estimate of, and by which estimator."""
        return (
            self.period,
            self.anchor,
            self.policy,
            self.measure,
            self.segment,
            self.segment_value,
            self.component,
            self.estimator,
        )

    @property
    def same_days(self) -> tuple[object, ...]:
        """What the figure is of, whatever its period is called: numbers that agree in it have the same figure."""
        days = (self.design_id, self.first_day, self.last_day, self.n_days)
        return (*days, *self.key[2:])

    @property
    def n_first_rung(self) -> int:
        """Units with a verdict on the lowest rung in use: the higher ones judge a part of them again."""
        return max(self.n_labels.values())


def anchor_of(period: str, first_day: date) -> date:
    """Return what tells a period from others of its kind; all days are one."""
    if period == "week":
        return first_day - timedelta(days=first_day.weekday())
    if period == "quarter":
        return date(first_day.year, 3 * ((first_day.month - 1) // 3) + 1, 1)
    return first_day if period == "day" else _ALL_DAYS


def anchor_before(period: str, anchor: date) -> date | None:
    """Return the anchor of the period before, of the same kind; None where there is none."""
    if period == "all":
        return None
    return anchor_of(period, anchor - timedelta(days=1))


def read_estimates(prevalence: pd.DataFrame, *, minimum_segment_labels: int = 1) -> list[Estimate]:
    """Return the rows of `DashboardData.prevalence` in their order.

    Args:
        prevalence: `DashboardData.prevalence`.
        minimum_segment_labels: units with a verdict on the lowest rung in use below which a number of a segment is not
            shown. How many there are follows from the design, not from what was found, so this biases no series.

    """
    return [_estimate(row, minimum_segment_labels) for row in prevalence.to_dict("records")]


def held_alike(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Return the estimates, without a figure also where the same days are held under the name of another period.

    In its first days a week is also the quarter and all days: the same figure, of which a gate may hold only one.
    """
    held = {estimate.same_days: estimate for estimate in estimates if estimate.hold_reasons}
    return [
        replace(estimate, figure=None, warnings=(), hold_reasons=known.hold_reasons)
        if estimate.figure is not None and (known := held.get(estimate.same_days)) is not None
        else estimate
        for estimate in estimates
    ]


def one_per_key(estimates: Iterable[Estimate]) -> list[Estimate]:
    """One estimate per key: where two designs cover parts of the same week, the one with more days."""
    best: dict[tuple[object, ...], Estimate] = {}
    for estimate in estimates:
        known = best.get(estimate.key)
        if known is None or (estimate.n_days, estimate.last_day) > (known.n_days, known.last_day):
            best[estimate.key] = estimate
    return list(best.values())


def _estimate(row: Mapping[Any, Any], minimum_segment_labels: int) -> Estimate:
    is_released = row["status"] == "released"
    n_labels = {rung: int(row[f"n_{rung}"]) for rung in ("llm", "human", "gold")}
    is_too_few = is_released and row["segment"] != EVERYTHING and max(n_labels.values()) < minimum_segment_labels
    figure = _figure(row) if is_released and not is_too_few else None
    recorded = (NO_ESTIMATE,) if is_released else (_texts(row["hold_reasons"]) or (NO_REASON,))
    return Estimate(
        design_id=str(row["design_id"]),
        period=str(row["period"]),
        first_day=row["period_start"].date(),
        last_day=row["period_end"].date(),
        n_days=int(row["n_days"]),
        policy=str(row["policy"]),
        measure=str(row["measure"]),
        segment=str(row["segment"]),
        segment_value=str(row["segment_value"]),
        component=str(row["component"]),
        estimator=str(row["estimator"]),
        figure=figure,
        is_too_few=is_too_few,
        hold_reasons=() if figure is not None or is_too_few else recorded,
        warnings=_texts(row["warnings"]) if figure is not None else (),
        ci_method=str(row["ci_method"]),
        n_labels=n_labels,
        label_sources=_texts(row["label_sources"]),
        release_id=None if pd.isna(row["release_id"]) else str(row["release_id"]),
    )


def _figure(row: Mapping[Any, Any]) -> Figure | None:
    """Return the figure of a released row; None if it has no interval, because a share is never shown without one."""
    names = ("prevalence", "ci_low", "ci_high")
    if row["component"] != UNIT:
        names = ("share_of_violating", "share_ci_low", "share_ci_high")
    share, low, high = (_number(row[name]) for name in names)
    if share is None or low is None or high is None:
        return None
    if row["component"] != UNIT:
        return Figure(share, low, high)
    return Figure(share, low, high, _number(row["std_error"]), _number(row["effective_sample_size"]))


def _number(value: Any) -> float | None:
    number = math.nan if pd.isna(value) else float(value)
    return figures.rounded(number) if math.isfinite(number) else None


def _texts(values: object) -> tuple[str, ...]:
    """Return an array of text as a tuple; Spark hands arrays over as lists or numpy arrays, and null as None."""
    if isinstance(values, str):
        return (values,)
    return tuple(str(value) for value in values) if isinstance(values, Iterable) else ()
