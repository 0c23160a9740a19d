"""What a run knows that a pure function must not: its id, its clock, its environment."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def _now() -> datetime:
    return datetime.now(UTC)


def _new_run_id() -> str:
    return f"{_now():%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class RunContext:
    """The day a step works on, the id written on its rows, and the clock and environment it may ask."""

    ds: date
    job_run_id: str = field(default_factory=_new_run_id)
    now: Callable[[], datetime] = _now
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

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
        dated = frame if "ds" in frame.columns else frame.withColumn("ds", F.lit(self.ds))
        return dated.withColumn("job_run_id", F.lit(self.job_run_id))
