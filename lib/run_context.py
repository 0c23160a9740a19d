"""What a run knows that a pure function must not: its id, its clock, its environment."""

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

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

    def stamp(self, frame: DataFrame) -> DataFrame:
        """`frame` with `job_run_id` on every row, and the run's day as `ds` unless it says its own."""
        dated = frame if "ds" in frame.columns else frame.withColumn("ds", F.lit(self.ds))
        return dated.withColumn("job_run_id", F.lit(self.job_run_id))
