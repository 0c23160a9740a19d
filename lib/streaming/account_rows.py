"""The account of a batch: what waited and what arrived = used + duplicates + quarantined + late + waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lib.streaming.row_fates import CLOSING, LATE, QUARANTINED, WAITING
from schemas.errors import RowAccountError

_BUILT = ("rows_used", "rows_duplicate", "rows_quarantined")


@dataclass
class BatchAccount:
    """Rows of a batch by (day, log), counted by their fate before units are built and by their use after it."""

    counts: Mapping[tuple[date, str], Row]
    built: dict[tuple[date, str], Row] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: DataFrame) -> "BatchAccount":
        """Count rows with ds, source, is_new and fate; collects a row a day and log."""
        counted = rows.groupBy("ds", "source").agg(
            F.count_if(~F.col("is_new")).alias("n_waited"),
            F.count_if("is_new").alias("n_arrived"),
            *[F.count_if(F.col("fate") == fate).alias(fate) for fate in (CLOSING, LATE, QUARANTINED, WAITING)],
        )
        return cls({(row["ds"], row["source"]): row for row in counted.collect()})

    @property
    def closing_days(self) -> list[date]:
        """The days that have units to build, sorted."""
        return sorted({ds for (ds, _), row in self.counts.items() if row[CLOSING]})

    def note_built(self, ds: date, account: DataFrame) -> None:
        """Take in the `row_account` of the units that are built of a day; raises RowAccountError if rows are lost."""
        self.built |= {(ds, row["source"]): row for row in account.collect()}
        for (day, source), row in self.counts.items():
            became = [self._built(ds, source, name) for name in _BUILT]
            if day == ds and sum(became) != row[CLOSING]:
                raise RowAccountError(
                    f"Table `stream_account`: {row[CLOSING]} rows of `{source}` of {ds} were to become units, but "
                    f"{became[0]} were used + {became[1]} duplicates + {became[2]} surplus; none of them was sampled. "
                    "This is a defect: report it."
                )

    def records(
        self, *, stream_id: str, batch_id: int, newest: Mapping[str, datetime], watermark: datetime | None
    ) -> list[dict[str, Any]]:
        """Rows of `stream_account` but job_run_id."""
        records = []
        for (ds, source), row in sorted(self.counts.items()):
            used, duplicate, surplus = (self._built(ds, source, name) for name in _BUILT)
            records.append(
                {
                    "ds": ds,
                    "stream_id": stream_id,
                    "batch_id": batch_id,
                    "source": source,
                    "n_waited": row["n_waited"],
                    "n_arrived": row["n_arrived"],
                    "n_used": used,
                    "n_duplicate": duplicate,
                    "n_quarantined": row[QUARANTINED] + surplus,
                    "n_late": row[LATE],
                    "n_waiting": row[WAITING],
                    "newest_event_at": newest.get(source),
                    "watermark": watermark,
                }
            )
        return records

    def _built(self, ds: date, source: str, name: str) -> int:
        row = self.built.get((ds, source))
        return 0 if row is None else int(row[name])
