"""Delta tables for DuckDB by delta-rs: a query streams into a commit, and a day is read from its files."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

_ROWS_PER_BATCH = 100_000
# As the contracts have it: statistics of every column would cost more than they save.
_CONFIGURATION = {"delta.dataSkippingNumIndexedCols": "2"}


def replace_day(
    path: Path, rows: duckdb.DuckDBPyRelation | pa.Table, ds: date, *, partition_by: Sequence[str] = ("ds",)
) -> None:
    """Replace the rows of day `ds` in the Delta table at `path` in one commit; makes the table if it is not there."""
    is_there = DeltaTable.is_deltatable(str(path))
    write_deltalake(
        str(path),
        rows if isinstance(rows, pa.Table) else rows.to_arrow_reader(_ROWS_PER_BATCH),
        mode="overwrite",
        predicate=f"ds = '{ds}'" if is_there else None,
        partition_by=list(partition_by),
        configuration=None if is_there else _CONFIGURATION,
    )


def files_of_day(path: Path, ds: date) -> list[str]:
    """The Parquet files of a day, for read_parquet with hive_partitioning."""
    return DeltaTable(str(path)).file_uris([("ds", "=", f"{ds}")])


def read_day(path: Path, ds: date, *, columns: Sequence[str] | None = None) -> pa.Table:
    """A day of a small table."""
    return DeltaTable(str(path)).to_pyarrow_table([("ds", "=", f"{ds}")], columns=list(columns) if columns else None)
