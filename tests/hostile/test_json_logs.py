"""JSON-lines logs: what a line says is what the contract reads, and what it may not say is named."""

import json
import random
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.storage import Storage
from lib.units.identifiers import key_id, without_people
from lib.units.interaction_units import interaction_units
from lib.units.join_logs import join_logs
from lib.units.json_records import contract_records
from lib.units.quarantine import quarantined_records
from lib.units.row_account import row_account
from schemas import pin_log, query_log, response_log
from schemas.contracts.settings import InputSettings, StorageSettings
from schemas.errors import MissingInputError
from schemas.table_spec import TableSpec
from tests.hostile import record_strategies as pools
from tests.hostile.expected_day import LOG_FIELDS, Record
from tests.hostile.json_lines import NO_OBJECTS, json_lines, read_line

DS = date(2026, 3, 2)
KEY = b"a key of the tests only"
LOGS = (query_log.TABLE, response_log.TABLE, pin_log.TABLE)
_VALUES: dict[str, Sequence[Any]] = {
    "event_ts": pools.TIMES,
    "slot": pools.SLOTS,
    "viewed": (None, True, False),
    "surface": pools.SURFACES,
}


def _random_record(log: str, rng: random.Random) -> dict[str, Any]:
    record = {name: rng.choice(_VALUES.get(name, (*pools.IDS, *pools.TEXTS))) for name in LOG_FIELDS[log]}
    if log == "response_log":
        scores = [(rng.choice(pools.SCORE_KEYS), rng.choice(pools.SCORE_VALUES)) for _ in range(rng.randrange(4))]
        record["platform_scores"] = scores or None
    return record


def _comparable(record: Record) -> tuple[Any, ...]:
    """The record's fields in the contract's order, NaN equal to itself; nothing of what is no record at all."""
    malformed = tuple(record["malformed_fields"] or ())
    if malformed == ("*",):
        return malformed
    fields = {name: value for name, value in record.items() if name != "malformed_fields"}
    if fields.get("platform_scores") is not None:
        fields["platform_scores"] = [(key, repr(value)) for key, value in map(tuple, fields["platform_scores"])]
    return (malformed, fields)


@pytest.mark.parametrize("spec", LOGS, ids=lambda spec: spec.name)
def test_lines_are_read_as_the_specification_says(spark: SparkSession, spec: TableSpec) -> None:
    rng = random.Random(4)  # noqa: S311 - reproducible, not secret
    records = [_random_record(spec.name, rng) for _ in range(400)]
    lines = [*json_lines(spec.name, records, rng, fault_rate=0.5), *NO_OBJECTS]
    logged = spark.createDataFrame([(bytearray(line),) for line in lines], "line binary")
    read = contract_records(logged.select(F.lit(DS).alias("ds"), F.col("line").cast("string").alias("value")), spec)
    plain = {"event_ts": F.unix_micros("event_ts")}
    if spec == response_log.TABLE:
        plain["platform_scores"] = F.map_entries("platform_scores")
    found = [_comparable(row.asDict()) for row in read.drop("ds").withColumns(plain).collect()]
    expected = [(line, record) for line in lines if (record := read_line(spec.name, line)) is not None]
    assert len(found) == len(expected)
    assert sum(record["malformed_fields"] is not None for _, record in expected) > 100
    for row, (line, record) in zip(found, expected, strict=True):
        assert row == _comparable(record), line[:2_000]


@pytest.fixture
def storage(spark: SparkSession, tmp_path: Path) -> Storage:
    settings = InputSettings(path=str(tmp_path / "input"), format="json")
    return Storage(spark, StorageSettings(warehouse=str(tmp_path / "warehouse"), input=settings))


def _write(folder: Path, log: str, *lines: object) -> None:
    partition = folder / "input" / log / f"ds={DS}"
    partition.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (partition / "part-0.json").write_text("".join(f"{text}\r\n" for text in texts), encoding="utf-8-sig")


def test_a_day_of_json_logs_becomes_units_and_no_id_is_in_the_clear(storage: Storage, tmp_path: Path) -> None:
    at = {"event_ts": "2026-03-02T12:00:00Z"}
    query = {"query_id": "q1", "user_id": "canary-user", "session_id": "canary-session", "surface": "search"} | at
    cut_off = json.dumps(query)[:-1]
    _write(tmp_path, "query_log", query, query | {"surface": 7}, cut_off, "", "  ")
    _write(tmp_path, "response_log", {"response_id": "r1", "query_id": "q1", "platform_scores": {"a": 0.5}} | at)
    pin = {"response_id": "r1", "pin_id": "p1", "slot": 0, "viewed": True} | at
    _write(tmp_path, "pin_log", pin, pin | {"slot": "0"}, pin | {"viewed": "yes", "slot": 1.0})
    logs = {spec.name: storage.read_log(spec, DS) for spec in LOGS}
    logs["query_log"] = without_people(logs["query_log"], key=KEY)
    joined = join_logs(**logs, ds=DS).cache()
    (unit,) = interaction_units(joined, key_id=key_id(KEY)).collect()
    assert (unit["query_id"], unit["response_id"], unit["viewed_pin_count"]) == ("q1", "r1", 1)
    assert (unit["platform_scores"], unit["queried_at"]) == ({"a": 0.5}, datetime(2026, 3, 2, 12))
    account = {row[0]: tuple(row[1:]) for row in row_account(joined, logs=logs).collect()}
    assert account == {"query_log": (3, 1, 0, 2), "response_log": (1, 1, 0, 0), "pin_log": (3, 1, 0, 2)}
    rejected = quarantined_records(joined, ds=DS).collect()
    assert {row["reason"] for row in rejected} == {"malformed_record"}
    assert "canary" not in str(rejected)
    fields = sorted(tuple(json.loads(row["record"])["malformed_fields"]) for row in rejected)
    assert fields == [("*",), ("slot",), ("slot", "viewed"), ("surface",)]
    (wrong_surface,) = (json.loads(row["record"]) for row in rejected if "surface" in row["record"][-30:])
    assert (wrong_surface["query_id"], wrong_surface["surface"]) == ("q1", None)


def test_a_day_that_is_not_there_is_named(storage: Storage, tmp_path: Path) -> None:
    _write(tmp_path, "query_log", {})
    with pytest.raises(MissingInputError, match="`query_log`: field `ds` has no rows for 2026-03-03"):
        storage.read_log(query_log.TABLE, date(2026, 3, 3))
