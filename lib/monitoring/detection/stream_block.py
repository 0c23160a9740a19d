"""Many daily series side by side, as arrays: what is watched."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

DAYS_OF_A_WEEK = 7


@dataclass(frozen=True, eq=False)
class StreamBlock:
    """Series of the same days, one row a stream, one column a calendar day.

    Attributes:
        first_ds: day of the first column
        values: estimates >= 0, in the stream's own unit; NaN on days without a number
        std_errors: their standard errors as given, for those who look; NaN without a number
        grain: variance of a value per unit of the true rate: what one event stands for; 0 where the variance does not
            grow with the rate
        variance: variance of a value that does not depend on the rate, where grain is 0
        is_break: the stream starts anew on that day
        is_excluded: the day is neither watched nor learned from
        minimum_effect: relative change that matters, one a stream
        typical_variation: relative standard deviation from day to day that is expected before the series has told
        budget_share: share of the error budget, one a stream, sum 1
        group: number of the group of streams that vary alike, one a stream

    """

    first_ds: date
    values: FloatArray
    std_errors: FloatArray
    grain: FloatArray
    variance: FloatArray
    is_break: BoolArray
    is_excluded: BoolArray
    minimum_effect: FloatArray
    typical_variation: FloatArray
    budget_share: FloatArray
    group: IntArray

    def __post_init__(self) -> None:
        shape = self.values.shape
        for name in ("std_errors", "grain", "variance", "is_break", "is_excluded"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name}: shape {getattr(self, name).shape} beside {shape} of values; give one a day.")
        for name in ("minimum_effect", "typical_variation", "budget_share", "group"):
            if getattr(self, name).shape != shape[:1]:
                raise ValueError(f"{name}: shape {getattr(self, name).shape}; give one number a stream, {shape[0]}.")
        known = self.values[np.isfinite(self.values)]
        if known.size and known.min() < 0.0:
            raise ValueError(f"values: {known.min()} is negative; relative changes need values >= 0.")

    @property
    def n_streams(self) -> int:
        """Number of streams."""
        return int(self.values.shape[0])

    @property
    def n_days(self) -> int:
        """Number of calendar days."""
        return int(self.values.shape[1])

    def day(self, column: int) -> date:
        """The day of a column."""
        return self.first_ds + timedelta(days=int(column))

    def column(self, day: date) -> int:
        """The column of a day; outside the block it is negative or too large."""
        return (day - self.first_ds).days

    def weekday(self, column: int) -> int:
        """Day of the week of a column, Monday 0."""
        return self.day(column).weekday()

    @property
    def usable(self) -> FloatArray:
        """The values, NaN on excluded days."""
        return np.where(self.is_excluded, np.nan, self.values)
