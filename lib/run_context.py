"""What a run knows that a pure function must not: its id, its clock, its environment."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def _now() -> datetime:
    return datetime.now(UTC)


def _new_run_id() -> str:
    return f"{_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


Figure = Literal["checks_failed", "checks_held", "checks_warned", "numbers_released", "numbers_held"]


@dataclass
class StepFindings:
    """What one step found that the tables and numbers of rows it wrote do not say: for its metrics.

    Args:
        rows_read: table of the same day that the step's rows come from, to its number of rows
        figures: how many of what; a figure that the step has nothing to do with is not there
    """

    rows_read: dict[str, int] = field(default_factory=dict)
    figures: dict[Figure, int] = field(default_factory=dict)

    def count(self, figure: Figure, n: int) -> None:
        """Add `n` to a figure."""
        self.figures[figure] = self.figures.get(figure, 0) + n


@dataclass(frozen=True)
class RunContext:
    """The day a step works on, the id written on its rows, the clock and environment it may ask, and what it found."""

    ds: date
    job_run_id: str = field(default_factory=_new_run_id)
    now: Callable[[], datetime] = _now
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    findings: StepFindings = field(default_factory=StepFindings, repr=False, compare=False)

    def of_step(self) -> "RunContext":
        """The same run, with findings of one step's own."""
        return replace(self, findings=StepFindings())

    def now_after(self, last: datetime | None, *, what: str) -> datetime:
        """The time now; just after `last`, the time of the newest `what`, if the clock says that it is earlier.

        Of two decisions, or two labels, the later one counts: a clock that was set back must not turn that round.
        """
        now = self.now()
        if last is None or last < now:
            return now
        if last > now:
            structlog.get_logger().warning(
                f"The clock says {now:%Y-%m-%d %H:%M} UTC, the newest {what} is of {last:%Y-%m-%d %H:%M} UTC: one of "
                "them is wrong. What is written now is noted just after it; set the clock right."
            )
        return last + timedelta(microseconds=1)

    def stamp(self, frame: DataFrame) -> DataFrame:
        """`frame` with `job_run_id` on every row, and the run's day as `ds` unless it says its own."""
        day = {} if "ds" in frame.columns else {"ds": F.lit(self.ds)}
        return frame.withColumns(day | {"job_run_id": F.lit(self.job_run_id)})
