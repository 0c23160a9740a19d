"""Estimates as the page shows them: a held one has no figures, so nothing after this module can show them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd

NO_REASON: Final = "no reason recorded"
NO_ESTIMATE: Final = "no estimate with an interval"


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
    """One row of `prevalence`; `figure` is None if it is held, and `hold_reasons` then says why."""

    design_id: str
    period: str
    first_day: date
    last_day: date
    n_days: int
    policy: str
    measure: str
    segment: str
    segment_value: str
    estimator: str
    figure: Figure | None
    hold_reasons: tuple[str, ...]
    ci_method: str
    n_labels: Mapping[str, int]
    label_sources: tuple[str, ...]
    release_id: str | None

    @property
    def anchor(self) -> date:
        """What tells its period from others: the day, or the Monday of the week."""
        return self.first_day if self.period == "day" else self.first_day - timedelta(days=self.first_day.weekday())

    @property
    def key(self) -> tuple[str, date, str, str, str, str, str]:
        """What it is an estimate of, and by which estimator."""
        return (
            self.period,
            self.anchor,
            self.policy,
            self.measure,
            self.segment,
            self.segment_value,
            self.estimator,
        )


def read_estimates(prevalence: pd.DataFrame) -> list[Estimate]:
    """Return the daily and weekly rows of `DashboardData.prevalence`, in their order."""
    rows = prevalence[prevalence["period"].isin(("day", "week"))].to_dict("records")
    return [_estimate(row) for row in rows]


def one_per_key(estimates: Iterable[Estimate]) -> list[Estimate]:
    """One estimate per key: where two designs cover parts of the same week, the one with more days."""
    best: dict[tuple[object, ...], Estimate] = {}
    for estimate in estimates:
        known = best.get(estimate.key)
        if known is None or (estimate.n_days, estimate.last_day) > (known.n_days, known.last_day):
            best[estimate.key] = estimate
    return list(best.values())


def estimate_frame(estimates: Sequence[Estimate]) -> pd.DataFrame:
    """Estimates as the charts read them.

    Returns:
        One row per estimate: `ds` (first day), `segment_value`, `prevalence`, `ci_low`, `ci_high` (shares; null if
        held) and `is_held`.

    """
    return pd.DataFrame(
        {
            "ds": pd.to_datetime(pd.Series([e.first_day for e in estimates], dtype=object)),
            "segment_value": [e.segment_value for e in estimates],
            "prevalence": [math.nan if e.figure is None else e.figure.prevalence for e in estimates],
            "ci_low": [math.nan if e.figure is None else e.figure.ci_low for e in estimates],
            "ci_high": [math.nan if e.figure is None else e.figure.ci_high for e in estimates],
            "is_held": [e.figure is None for e in estimates],
        }
    )


def _estimate(row: Mapping[Any, Any]) -> Estimate:
    is_released = row["status"] == "released"
    figure = _figure(row) if is_released else None
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
        estimator=str(row["estimator"]),
        figure=figure,
        hold_reasons=recorded if figure is None else (),
        ci_method=str(row["ci_method"]),
        n_labels={rung: int(row[f"n_{rung}"]) for rung in ("llm", "human", "gold")},
        label_sources=_texts(row["label_sources"]),
        release_id=None if pd.isna(row["release_id"]) else str(row["release_id"]),
    )


def _figure(row: Mapping[Any, Any]) -> Figure | None:
    """Return the figure of a released row; None if it has no interval, because a share is never shown without one."""
    share, low, high = (_number(row[name]) for name in ("prevalence", "ci_low", "ci_high"))
    if share is None or low is None or high is None:
        return None
    return Figure(share, low, high, _number(row["std_error"]), _number(row["effective_sample_size"]))


def _number(value: Any) -> float | None:
    number = math.nan if pd.isna(value) else float(value)
    return number if math.isfinite(number) else None


def _texts(values: object) -> tuple[str, ...]:
    """Return an array of text as a tuple; Spark hands arrays over as lists or numpy arrays, and null as None."""
    if isinstance(values, str):
        return (values,)
    return tuple(str(value) for value in values) if isinstance(values, Iterable) else ()
