"""Small files are joined, and every version that a release may name can still be read."""

import os
import shutil
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lib.storage import Storage
from lib.table_maintenance import Compaction, TableMaintenance
from schemas.contracts.maintenance_settings import MaintenanceSettings
from schemas.contracts.settings import InputSettings, StorageSettings
from schemas.table_spec import ColumnSpec, TableSpec

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
DAY, UNIT = ColumnSpec("ds", "date", "Day"), ColumnSpec("unit_id", "string", "Unit")
RUN, TEXT = ColumnSpec("job_run_id", "string", "Run"), ColumnSpec("text", "string", "Text", holds_content=True)
EVIDENCE = TableSpec("verdicts", "one verdict", (DAY, UNIT, RUN), ("unit_id",), written_by=("decide",))
CONTENT = replace(EVIDENCE, name="words", columns=(DAY, UNIT, TEXT, RUN))


@pytest.fixture
def storage(spark: SparkSession, tmp_path: Path) -> Storage:
    settings = StorageSettings(warehouse=str(tmp_path / "warehouse"), input=InputSettings(path=str(tmp_path / "in")))
    return Storage(spark, settings)


def _append(storage: Storage, spec: TableSpec, ds: date, *unit_ids: str) -> None:
    text = {"text": "said"} if spec is CONTENT else {}
    rows = [{"ds": ds, "unit_id": unit_id, "job_run_id": "run"} | text for unit_id in unit_ids]
    storage.append(spec, storage.rows(spec, rows).coalesce(1))


def _maintained(spark: SparkSession, storage: Storage, *specs: TableSpec, **settings: Any) -> list[Compaction]:
    return TableMaintenance(spark, storage, MaintenanceSettings(**settings), ds=TUESDAY).maintain(specs)


def _unit_ids(storage: Storage, spec: TableSpec, version: int | None = None) -> list[str]:
    table = DeltaTable(storage.location(spec), version=version)
    return sorted(row["unit_id"] for row in table.to_pyarrow_table().to_pylist())


def test_small_files_of_the_last_days_are_joined_and_no_row_changes(spark: SparkSession, storage: Storage) -> None:
    for n in range(3):
        _append(storage, EVIDENCE, MONDAY, f"old-{n}")
        _append(storage, EVIDENCE, TUESDAY, f"new-{n}")
    before = DeltaTable(storage.location(EVIDENCE)).version()
    (joined,) = _maintained(spark, storage, EVIDENCE, compaction_days=1)
    assert (joined.n_files_before, joined.n_files_after) == (3, 1)
    assert joined.n_bytes_after < joined.n_bytes_before
    files = DeltaTable(storage.location(EVIDENCE)).file_uris()
    assert sorted(file.split("/")[-2] for file in files) == [f"ds={MONDAY}"] * 3 + [f"ds={TUESDAY}"]
    units = ["new-0", "new-1", "new-2", "old-0", "old-1", "old-2"]
    assert _unit_ids(storage, EVIDENCE) == units
    # A release that names the version before is reproduced from its files, which are still there.
    assert _unit_ids(storage, EVIDENCE, before) == units


def test_what_is_joined_is_left_alone_the_next_time(spark: SparkSession, storage: Storage) -> None:
    for n in range(2):
        _append(storage, EVIDENCE, TUESDAY, f"{n}")
    _maintained(spark, storage, EVIDENCE)
    version = DeltaTable(storage.location(EVIDENCE)).version()
    (again,) = _maintained(spark, storage, EVIDENCE)
    assert (again.n_files_before, again.n_files_after) == (0, 0)
    assert DeltaTable(storage.location(EVIDENCE)).version() == version


def test_no_file_of_the_last_ten_years_is_deleted_beside_running_steps(spark: SparkSession, storage: Storage) -> None:
    """What a step is just writing is in no version yet, and content is removed by expire_content alone."""
    found = []
    for spec in (EVIDENCE, CONTENT):
        _append(storage, spec, TUESDAY, "a")
        known = next(Path(storage.location(spec)).glob("ds=*/*.parquet"))
        for years in (0, 9, 11):
            found.append(known.with_name(f"part-{years}.parquet"))
            shutil.copy(known, found[-1])
            os.utime(found[-1], (time.time() - years * 366 * 24 * 3600,) * 2)
    _maintained(spark, storage, EVIDENCE, CONTENT)
    assert [path.exists() for path in found] == [True, True, False] + [True] * 3


def test_tables_that_are_not_there_are_passed_over(spark: SparkSession, storage: Storage) -> None:
    assert _maintained(spark, storage, EVIDENCE) == []


def test_a_table_that_another_run_writes_to_is_left_for_the_next_time(
    spark: SparkSession, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for spec in (EVIDENCE, CONTENT):
        for n in range(2):
            _append(storage, spec, TUESDAY, f"{n}")
    sql = spark.sql

    def faster_run(statement: str, *arguments: Any, **named: Any) -> Any:
        if statement.startswith("OPTIMIZE") and EVIDENCE.name in statement:
            raise RuntimeError("[DELTA_CONCURRENT_DELETE_DELETE] a file is gone")
        return sql(statement, *arguments, **named)

    monkeypatch.setattr(spark, "sql", faster_run)
    assert [joined.table for joined in _maintained(spark, storage, EVIDENCE, CONTENT)] == [CONTENT.name]
