"""The headline week, and the decimals that its figures fix for the whole page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from lib.reporting import figures
from lib.reporting.estimates import Estimate

DAYS_OF_A_WEEK: Final = 7


@dataclass(frozen=True)
class Week:
    """A calendar week: its Monday, and the first and last day with data."""

    monday: date
    first_day: date
    last_day: date
    n_days: int

    @property
    def is_complete(self) -> bool:
        """Whether every day of the week has data."""
        return self.n_days >= DAYS_OF_A_WEEK


def latest_week(weekly: Iterable[Estimate]) -> Week | None:
    """Return the latest complete week; the latest week at all if none is complete; None if there is no estimate.

    Args:
        weekly: the weekly estimates over everything by the published estimator.

    """
    by_monday: dict[date, list[Estimate]] = {}
    for estimate in weekly:
        by_monday.setdefault(estimate.anchor, []).append(estimate)
    weeks = [
        Week(
            monday,
            min(estimate.first_day for estimate in estimates),
            max(estimate.last_day for estimate in estimates),
            max(estimate.n_days for estimate in estimates),
        )
        for monday, estimates in by_monday.items()
    ]
    return max(weeks, key=lambda week: (week.is_complete, week.monday), default=None)


def decimals_by_policy(estimates: Iterable[Estimate]) -> dict[str, int]:
    """Return per policy the decimals of its percentages, from its first shown interval, so that the page agrees."""
    decimals: dict[str, int] = {}
    for estimate in estimates:
        if estimate.figure is not None:
            n_decimals = figures.interval_decimals(estimate.figure.ci_low, estimate.figure.ci_high)
            decimals.setdefault(estimate.policy, n_decimals)
    return decimals
