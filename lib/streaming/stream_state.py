"""What the stream knows when a batch begins: all of it in tables, so that a killed batch begins again where it did."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.storage import Storage
from lib.streaming.log_rows import LOGS
from schemas import stream_account, stream_units, stream_waiting
from schemas.errors import MissingInputError
from schemas.stream_waiting import LOG_COLUMNS

NO_BATCH = -1


@dataclass(frozen=True)
class StreamState:
    """The state after the last finished batch.

    `newest` is the newest event of every log that has had one, `watermark` the time up to which queries are closed.
    """

    storage: Storage
    stream_id: str
    last_batch: int
    newest: Mapping[str, datetime]
    watermark: datetime | None

    @classmethod
    def of(cls, storage: Storage, stream_id: str) -> "StreamState":
        """Read it from the account of the stream."""
        storage.create(stream_account.TABLE)
        account = storage.read(stream_account.TABLE).where(F.col("stream_id") == stream_id)
        rows = (
            account.groupBy("source")
            .agg(
                F.max("batch_id").alias("last_batch"),
                F.max("newest_event_at").alias("newest"),
                F.max("watermark").alias("watermark"),
            )
            .collect()
        )
        # Spark hands times over in the driver's own time zone, without naming it.
        watermarks = [row["watermark"].astimezone(UTC) for row in rows if row["watermark"] is not None]
        return cls(
            storage,
            stream_id,
            last_batch=max((row["last_batch"] for row in rows), default=NO_BATCH),
            newest={row["source"]: row["newest"].astimezone(UTC) for row in rows if row["newest"] is not None},
            watermark=max(watermarks, default=None),
        )

    def newest_with(self, arrived: DataFrame) -> dict[str, datetime]:
        """The newest event of every log after rows with the `newest_events` `arrived` have come; collects them."""
        newest = dict(self.newest)
        for row in arrived.collect():
            seen = row["newest_event_at"].astimezone(UTC)
            newest[row["source"]] = max(seen, newest.get(row["source"], seen))
        return newest

    def watermark_after(self, newest: Mapping[str, datetime], *, delay: timedelta) -> datetime | None:
        """`delay` before where the slowest log is, never back; None until every log has begun."""
        if set(newest) != set(LOGS):
            return self.watermark
        reached = min(newest.values()) - delay
        return reached if self.watermark is None else max(reached, self.watermark)

    def waiting(self) -> DataFrame:
        """The rows that wait: ds, source, and the columns of all logs."""
        self.storage.create(stream_waiting.TABLE)
        is_current = (F.col("stream_id") == self.stream_id) & (F.col("batch_id") == self.last_batch)
        names = [column.name for column in LOG_COLUMNS]
        return self.storage.read(stream_waiting.TABLE).where(is_current).select("ds", "source", *names)

    def built_queries(self, days: Sequence[date], *, duplicate_hours: float) -> DataFrame:
        """Ds and query_id, each once, of units of `days` whose query is at most so much older than the watermark.

        Files hold units of one time: what is older is not read. Units of a batch that was broken off are built again.
        """
        self.storage.create(stream_units.TABLE)
        is_unfinished = (F.col("stream_id") == self.stream_id) & (F.col("batch_id") > self.last_batch)
        units = self.storage.read(stream_units.TABLE).where(F.col("ds").isin(list(days)) & ~is_unfinished)
        if self.watermark is not None:
            units = units.where(F.col("queried_at") >= F.lit(self.watermark - timedelta(hours=duplicate_hours)))
        return units.select("ds", "query_id").distinct()


def stream_id_of(storage: Storage, checkpoint: str) -> str:
    """The id that Spark gave the stream with this checkpoint; a new checkpoint is a new stream."""
    lines = storage.read_lines(f"{checkpoint}/metadata")
    if lines is None:
        raise MissingInputError(f"Checkpoint {checkpoint}: it holds no `metadata`; name a folder that Spark can write.")
    return str(json.loads(lines.collect()[0]["value"])["id"])
