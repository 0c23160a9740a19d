"""A day of a log is as good as its worst file: each is held against the contract, and the one at fault is named."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from lib.log_files import read_log_partition
from schemas import pin_log, response_log
from schemas.contracts.settings import InputSettings
from schemas.errors import ContractError, DamagedDataError, MissingInputError
from schemas.table_spec import TableSpec

DS = date(2026, 3, 2)
TIME = pa.timestamp("us", tz="UTC")
PIN = {
    "response_id": pa.array(["r"]), "pin_id": pa.array(["p"]), "slot": pa.array([1], pa.int32()),
    "image_signature": pa.array(["s"]), "image_url": pa.array(["u"]), "title": pa.array(["t"]),
    "viewed": pa.array([True]), "event_ts": pa.array([datetime(2026, 3, 2, 12)], TIME),
}  # fmt: skip
RESPONSE = {
    **{name: pa.array([name]) for name in ("response_id", "query_id", "response_text", "model_version")},
    "event_ts": PIN["event_ts"],
}


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def _write(logs: Path, spec: TableSpec, name: str, columns: Mapping[str, Any]) -> Path:
    path = logs / spec.name / f"ds={DS}" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), path)
    return path


def _read(spark: SparkSession, logs: Path, spec: TableSpec) -> list[dict[str, Any]]:
    frame = spec.conform(read_log_partition(spark, spec, InputSettings(path=str(logs)), DS))
    return [row.asDict() for row in frame.orderBy("response_id").collect()]


def test_a_column_that_some_files_have_is_read_if_the_contract_knows_it(spark: SparkSession, logs: Path) -> None:
    scores = pa.array([[("adult_content", 0.5)]], pa.map_(pa.string(), pa.float64()))
    _write(logs, response_log.TABLE, "a", RESPONSE | {"trace": pa.array([1])})
    _write(logs, response_log.TABLE, "b", RESPONSE | {"response_id": pa.array(["s"]), "platform_scores": scores})
    found = _read(spark, logs, response_log.TABLE)
    assert [row["platform_scores"] for row in found] == [None, {"adult_content": 0.5}]
    assert list(found[0]) == response_log.TABLE.column_names
    assert found[0]["ds"] == DS


def test_a_number_may_be_narrower_in_one_file(spark: SparkSession, logs: Path) -> None:
    _write(logs, pin_log.TABLE, "a", PIN | {"slot": pa.array([1], pa.int16())})
    _write(logs, pin_log.TABLE, "b", PIN | {"slot": pa.array([70_000], pa.int32()), "response_id": pa.array(["s"])})
    assert [row["slot"] for row in _read(spark, logs, pin_log.TABLE)] == [1, 70_000]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"slot": pa.array(["1"])}, "column `slot` is string, expected int"),
        ({"slot": pa.array([1], pa.int64())}, "column `slot` is bigint, expected int"),
        ({"slot": None, "viewed": pa.array(["yes"])},
         "column `slot` (int) is missing; column `viewed` is string, expected boolean"),
    ],
)  # fmt: skip
def test_one_file_that_breaks_the_contract_is_named(
    spark: SparkSession, logs: Path, change: dict[str, Any], fault: str
) -> None:
    _write(logs, pin_log.TABLE, "a", PIN)
    changed = {name: column for name, column in (PIN | change).items() if column is not None}
    path = _write(logs, pin_log.TABLE, "b b", changed)
    with pytest.raises(ContractError) as refused:
        _read(spark, logs, pin_log.TABLE)
    assert str(refused.value) == (
        f"Table `pin_log` breaks its contract in file file://{path}: {fault}. "
        "Mend whatever writes it, or change schemas/pin_log.py."
    )


def test_files_that_all_break_it_are_named_as_the_table(spark: SparkSession, logs: Path) -> None:
    for name in ("a", "b"):
        _write(logs, pin_log.TABLE, name, {key: column for key, column in PIN.items() if key != "slot"})
    with pytest.raises(
        ContractError, match=r"^Table `pin_log` breaks its contract: column `slot` \(int\) is missing\. M"
    ):
        _read(spark, logs, pin_log.TABLE)


def _cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _emptied(content: bytes) -> bytes:
    return content[:0]


def _overwritten(content: bytes) -> bytes:
    return b"no parquet at all" * 100


@pytest.mark.parametrize("damage", [_cut_off, _emptied, _overwritten])
def test_a_damaged_file_is_named(spark: SparkSession, logs: Path, damage: Any) -> None:
    _write(logs, pin_log.TABLE, "a", PIN)
    path = _write(logs, pin_log.TABLE, "b", PIN)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedDataError) as damaged:
        _read(spark, logs, pin_log.TABLE)
    assert str(damaged.value).startswith(
        f"Table `pin_log`: file file://{path} cannot be read: it is cut off or corrupt. A file of a log: have it "
        "delivered again."
    )


def test_a_folder_without_files_is_a_missing_day(spark: SparkSession, logs: Path) -> None:
    (logs / "pin_log" / f"ds={DS}").mkdir(parents=True)
    with pytest.raises(MissingInputError, match="no rows for 2026-03-02"):
        _read(spark, logs, pin_log.TABLE)
