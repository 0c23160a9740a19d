"""A day's files: staged beside the output, then put in place whole; Parquet folders or Delta partitions."""

import datetime as dt
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable, WriterProperties, write_deltalake

from schemas.errors import ConfigurationError
from scripts.log_generation.records import SOURCES

_REPEATING_COLUMNS = {
    "surface",
    "country",
    "language",
    "model_version",
    "policy",
    "slot",
    "query_text",
    "place",
    "violating_components.list.element",
    "platform_scores.key_value.key",
}
"""Columns worth a Parquet dictionary; ids, hashes and times have nothing to share."""

_DELTA_FILE_BYTES, _DELTA_ROW_GROUP_ROWS = 64 << 20, 131_072
"""Smaller than deltalake's own choice: it holds a row group and a whole file in memory before it writes them."""


class LogFormat(StrEnum):
    """How the logs (not the truth) are stored."""

    PARQUET = "parquet"
    DELTA = "delta"


class DayWriter:
    """Writes one day; as a context manager it removes its staging folder, published or not."""

    def __init__(self, output: Path, day: dt.date, log_format: LogFormat) -> None:
        self._output = output
        self._day = day
        self._format = log_format
        self._staging = output / f".staging-{day:%Y-%m-%d}"

    def __enter__(self) -> "DayWriter":
        for source in SOURCES:
            _check_format(self._output / "input" / source, self._format)
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)

    def write_log(self, source: str, part: int, table: pa.Table) -> None:
        """Stage one part of a log."""
        self._write(Path("input") / source / f"part-{part:05d}.parquet", table)

    def write_truth(self, folder: str, part: int, table: pa.Table) -> None:
        """Stage one part of a truth table that grows with the units."""
        self._write(Path("truth") / folder / f"part-{part:05d}.parquet", table)

    def write_census(self, folder: str, table: pa.Table) -> None:
        """Stage a truth table that is small whatever the size of the day."""
        self._write(Path("truth") / folder / "part-0.parquet", table)

    def _write(self, name: Path, table: pa.Table) -> None:
        path = self._staging / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dictionary = [column.path for column in _leaf_columns(table.schema) if column.path in _REPEATING_COLUMNS]
        with pq.ParquetWriter(path, table.schema, use_dictionary=dictionary or False) as writer:
            writer.write_table(table)

    def publish(self) -> None:
        """Replace the day's partition of every table by what was staged."""
        for staged in sorted(path for path in self._staging.glob("*/*") if path.is_dir()):
            target = self._output / staged.relative_to(self._staging)
            if self._format is LogFormat.DELTA and staged.parent.name == "input":
                _overwrite_delta_partition(target, self._day, staged)
            else:
                partition = target / f"ds={self._day:%Y-%m-%d}"
                shutil.rmtree(partition, ignore_errors=True)
                partition.parent.mkdir(parents=True, exist_ok=True)
                staged.rename(partition)


def _leaf_columns(schema: pa.Schema) -> Iterator[pq.ColumnSchema]:
    """List the leaf columns of a schema as Parquet names them."""
    sink = pa.BufferOutputStream()
    pq.ParquetWriter(sink, schema).close()
    leaves = pq.ParquetFile(sink.getvalue()).schema
    return (leaves.column(position) for position in range(len(leaves)))


def _check_format(folder: Path, log_format: LogFormat) -> None:
    """Refuse to mix plain Parquet folders and a Delta table in one place: readers would see half of the days."""
    is_delta = (folder / "_delta_log").is_dir()
    has_days = any(folder.glob("ds=*"))
    if (is_delta and log_format is LogFormat.PARQUET) or (has_days and not is_delta and log_format is LogFormat.DELTA):
        found = LogFormat.DELTA if is_delta else LogFormat.PARQUET
        raise ConfigurationError(
            f"Folder {folder} already holds {found} and --format is {log_format}: "
            f"give --format {found} or another --output."
        )


def _overwrite_delta_partition(target: Path, day: dt.date, staged: Path) -> None:
    """Replace partition `day` of the Delta table at `target` in one commit, batch by batch."""
    parts = ds.dataset(staged, format="parquet")
    schema = pa.schema([pa.field("ds", pa.date32()), *parts.schema])
    days_since_1970 = (day - dt.date(1970, 1, 1)).days

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in parts.to_batches(batch_size=65_536, batch_readahead=1, fragment_readahead=1):
            dates = pa.array(np.full(batch.num_rows, days_since_1970, dtype=np.int32)).cast(pa.date32())
            yield pa.RecordBatch.from_arrays([dates, *batch.columns], schema=schema)

    is_new = not DeltaTable.is_deltatable(str(target))
    target.mkdir(parents=True, exist_ok=True)
    write_deltalake(
        target,
        pa.RecordBatchReader.from_batches(schema, batches()),
        partition_by=["ds"],
        mode="overwrite",
        predicate=None if is_new else f"ds = '{day:%Y-%m-%d}'",
        schema_mode=None if is_new else "merge",
        target_file_size=_DELTA_FILE_BYTES,
        writer_properties=WriterProperties(compression="SNAPPY", max_row_group_size=_DELTA_ROW_GROUP_ROWS),
    )
