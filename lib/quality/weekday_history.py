"""The days before a day that it can be held against: the same weekdays once enough of them are known."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from schemas.contracts.quality_settings import QualitySettings

_WEEKS_COMPARED = 4
# Standard deviation of a normal distribution over its median absolute deviation.
_MAD_TO_DEVIATION = 1.4826
_FEW_RESIDUALS = 10.0


@dataclass(frozen=True)
class History:
    """The earlier days of a window, and whether weekdays are told apart.

    Args:
        days: checked days of the window before `ds`, ascending
        ds: the day that is held against them
        knows_weekdays: whether there are days enough to hold it against the same weekdays

    """

    days: Sequence[date]
    ds: date
    knows_weekdays: bool

    @classmethod
    def of(cls, days: Collection[date], ds: date, settings: QualitySettings) -> "History | None":
        """The history of `ds`; None if there are too few days to say anything."""
        first = ds - timedelta(days=settings.window_days)
        known = sorted(day for day in days if first <= day < ds)
        if len(known) < settings.minimum_history_days:
            return None
        has_weeks = len(known) >= settings.weekday_history_days and len(_same_weekday(known, ds)) >= 2
        return cls(known, ds, knows_weekdays=has_weeks)

    def comparable(self, day: date) -> list[date]:
        """The days before `day` that it is like: the same weekdays of four weeks, or all while these are not known."""
        before = [known for known in self.days if known < day]
        return _same_weekday(before, day) if self.knows_weekdays else before

    def residuals(self, difference: Callable[[date, Sequence[date]], float]) -> NDArray[np.float64]:
        """`difference(day, comparable days)` of every day of the history that has comparable ones."""
        pairs = [(day, self.comparable(day)) for day in self.days]
        return np.array([difference(day, others) for day, others in pairs if others])


def deviation(residuals: NDArray[np.float64]) -> float:
    """Standard deviation by the median absolute deviation from 0: half of the residuals may be anything.

    Few residuals can lie close together by chance: of ten it is taken twice, of a month's by a third more.
    """
    few = 1.0 + _FEW_RESIDUALS / residuals.size
    return _MAD_TO_DEVIATION * few * float(np.median(np.abs(residuals)))


def _same_weekday(days: Sequence[date], ds: date) -> list[date]:
    first = ds - timedelta(weeks=_WEEKS_COMPARED)
    return [day for day in days if day.weekday() == ds.weekday() and first <= day < ds]
