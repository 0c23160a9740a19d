"""How much of a period its figures rest on: days with data, days whose own figure is held, and their exposure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from lib.reporting.report_period import ReportPeriod

COLUMNS: Final = ("period", "period_start", "period_end", "n_days", "policy", "measure", "status", "exposure_total")
"""What is read of the decisions on whole numbers: of the period, and of its days."""


@dataclass(frozen=True)
class Coverage:
    """What a period's number of one policy and measure rests on.

    Args:
        n_days: days with data behind the number
        n_calendar_days: days of the calendar
        held_days: days whose own figure is held; nothing stands in for it
        exposure_total: units or views of the days with data
        share_released: part of it on days whose own figure is released, in [0, 1]; None if there is no exposure

    """

    n_days: int
    n_calendar_days: int
    held_days: tuple[date, ...]
    exposure_total: float
    share_released: float | None


def coverages_of(decided: pd.DataFrame, period: ReportPeriod) -> dict[tuple[str, str], Coverage]:
    """Return (policy, measure) to the coverage of its number; without a number of the period, that of its days.

    Args:
        decided: COLUMNS of the last decisions, of everything by the published estimator; dates as timestamps
        period: the period

    """
    start, end = pd.Timestamp(period.first), pd.Timestamp(period.last)
    within = decided[(decided["period_start"] >= start) & (decided["period_end"] <= end)]
    found = {}
    for (policy, measure), rows in within.groupby(["policy", "measure"]):
        days = rows[rows["period"] == "day"].sort_values("period_start")
        whole = rows[rows["period"] == period.kind]
        found[(str(policy), str(measure))] = _coverage(
            whole.iloc[0].to_dict() if len(whole) else _of_days(days), days, period
        )
    return found


def _of_days(days: pd.DataFrame) -> Mapping[Any, Any]:
    return {"n_days": len(days), "exposure_total": days["exposure_total"].sum()}


def _coverage(whole: Mapping[Any, Any], days: pd.DataFrame, period: ReportPeriod) -> Coverage:
    is_released = days["status"] == "released"
    total = float(whole["exposure_total"])
    released = float(days.loc[is_released, "exposure_total"].sum())
    return Coverage(
        n_days=int(whole["n_days"]),
        n_calendar_days=period.n_days,
        held_days=tuple(day.date() for day in days.loc[~is_released, "period_start"]),
        exposure_total=total,
        # Late rows can leave a day with more exposure than the period's last decision knew.
        share_released=min(1.0, released / total) if total > 0 else None,
    )
