"""Delta tables for Polars by delta-rs: a frame becomes the day's rows in one commit."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

# As the contracts have it: statistics of every column would cost more than they save.
_CONFIGURATION = {"delta.dataSkippingNumIndexedCols": "2"}
NUMBERS = pl.Map(pl.String, pl.Float64)


def replace_day(path: Path, rows: pl.DataFrame | pa.Table, ds: date, *, partition_by: Sequence[str] = ("ds",)) -> None:
    """Replace the rows of day `ds` in the Delta table at `path` in one commit; makes the table if it is not there."""
    is_there = DeltaTable.is_deltatable(str(path))
    write_deltalake(
        str(path),
        rows if isinstance(rows, pa.Table) else rows.to_arrow(compat_level=pl.CompatLevel.oldest()),
        mode="overwrite",
        predicate=f"ds = '{ds}'" if is_there else None,
        partition_by=list(partition_by),
        configuration=None if is_there else _CONFIGURATION,
    )


def read_day(path: Path, ds: date, columns: Sequence[str]) -> pl.DataFrame:
    """Columns of a day's rows."""
    files = DeltaTable(str(path)).file_uris([("ds", "=", f"{ds}")])
    return pl.read_parquet(files, columns=list(columns), hive_partitioning=False)
