"""A task as it was handed out: what an answer to it is measured against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Verdict and violating components, sorted.
Said = Mapping[str, tuple[str, tuple[str, ...]]]
_TIMES = ("exported_at", "expires_at")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AskedTask:
    """A row of `review_tasks`; its `place` is what can be answered once: unit or golden item, and role."""

    ds: date
    design_id: str
    task_id: str
    rung: str
    purpose: str
    unit_id: str | None
    item_id: str | None
    review_role: str
    rung_probability: float | None
    policies: Sequence[str]
    policy_versions: Mapping[str, str]
    prompt_version: str
    exported_at: datetime
    expires_at: datetime

    @property
    def subject(self) -> str:
        """The unit or the golden item."""
        return self.unit_id or self.item_id or ""

    @property
    def place(self) -> tuple[str, str]:
        """Subject and role."""
        return self.subject, self.review_role


def asked_task_columns(tasks: DataFrame) -> DataFrame:
    """The columns of `review_tasks` that `asked_task` reads; times as microseconds since 1970 UTC."""
    names = [name for name in AskedTask.__dataclass_fields__ if name not in _TIMES]
    # A collected timestamp has no zone; a number means the same everywhere.
    return tasks.select(*names, *[F.unix_micros(name).alias(name) for name in _TIMES])


def asked_task(row: Mapping[str, Any]) -> AskedTask:
    """A row of `asked_task_columns` as a task."""
    return AskedTask(**{**row, **{name: _EPOCH + timedelta(microseconds=row[name]) for name in _TIMES}})
