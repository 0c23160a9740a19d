"""Tidies the files of tables: joins small ones, deletes what is older than anybody may ask for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from pyspark.sql import SparkSession

from lib.concurrent_runs import conflicts_named
from lib.storage import Storage
from lib.storage_removal import StorageRemoval
from schemas.contracts.maintenance_settings import MaintenanceSettings
from schemas.errors import ConcurrentRunError
from schemas.table_spec import TableSpec, delta_path


@dataclass(frozen=True)
class Compaction:
    """Files of a table that were joined, and those that they became."""

    table: str
    n_files_before: int
    n_files_after: int
    n_bytes_before: int
    n_bytes_after: int


class TableMaintenance:
    """Maintenance of the tables of one warehouse on one day; no row changes, and no version that a release names goes.

    A table that another run writes to at this moment is left as it is: the next run finds it.
    """

    def __init__(self, spark: SparkSession, storage: Storage, settings: MaintenanceSettings, *, ds: date) -> None:
        self._spark = spark
        self._storage = storage
        self._removal = StorageRemoval(spark, storage)
        self._settings = settings
        self._ds = ds

    def maintain(self, tables: Sequence[TableSpec]) -> list[Compaction]:
        """Compact and vacuum each table that is there; returns what was joined."""
        joined = []
        for spec in tables:
            if spec.is_input or not self._storage.exists(spec):
                continue
            with _unless_busy(spec):
                joined.append(self._compact(spec))
                # Content goes at once when its table is vacuumed: expire_content does that, while nothing else writes.
                if not spec.holds_content:
                    self._removal.vacuum(spec)
        return joined

    def _compact(self, spec: TableSpec) -> Compaction:
        """Join the small files of each partition of the last days, in one commit that changes no data."""
        first = self._ds - timedelta(days=self._settings.compaction_days - 1)
        days = f"ds BETWEEN DATE'{first:%Y-%m-%d}' AND DATE'{self._ds:%Y-%m-%d}'"
        where = f" WHERE {days}" if "ds" in spec.partition_by else ""
        with conflicts_named(spec.name):
            done = self._spark.sql(f"OPTIMIZE {delta_path(self._storage.location(spec))}{where}").collect()
        self._storage.look_again(spec)
        metrics = done[0]["metrics"]
        removed, added = metrics["filesRemoved"], metrics["filesAdded"]
        return Compaction(
            spec.name,
            n_files_before=metrics["numFilesRemoved"],
            n_files_after=metrics["numFilesAdded"],
            n_bytes_before=removed["totalSize"],
            n_bytes_after=added["totalSize"],
        )


@contextmanager
def _unless_busy(spec: TableSpec) -> Iterator[None]:
    try:
        yield
    except ConcurrentRunError:
        structlog.get_logger().warning(f"{spec.name}: another run is writing to it; left as it is", table=spec.name)
