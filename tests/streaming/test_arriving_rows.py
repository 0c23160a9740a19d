"""Rows of files in every format, and of topics: their day, what settings refuse, the connector that must be there."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyspark.sql import SparkSession

from lib.settings import load_settings
from lib.streaming.arriving_rows import arriving_rows, filed_records
from lib.streaming.log_rows import as_log_rows
from lib.units.json_records import contract_records
from schemas import pin_log
from schemas.errors import ConfigurationError, MissingInputError

TOPICS = "topics: {query_log: q, response_log: r, pin_log: p}"
KAFKA = f"{{kind: kafka, bootstrap_servers: 'localhost:9092', {TOPICS}}}"


def test_a_record_is_filed_under_the_day_it_names_or_the_one_it_came_on(spark: SparkSession) -> None:
    taken = datetime(2026, 3, 4, 0, 5, tzinfo=UTC)
    values = {
        b'{"ds": "2026-03-03", "response_id": "r1", "pin_id": "p1", "slot": 0}': (date(2026, 3, 3), "r1", None),
        b'{"response_id": "r2",\n "pin_id": "p2", "slot": 1}': (date(2026, 3, 4), "r2", None),
        b'{"ds": "9999-01-01", "response_id": "r3"}': (date(2026, 3, 4), "r3", None),
        b'{"ds": 7, "response_id": "r4", "slot": "first"}': (date(2026, 3, 4), "r4", ["slot"]),
        b"no JSON": (date(2026, 3, 4), None, ["*"]),
        b'{"response_id": "r5\xff"}': (date(2026, 3, 4), "r5\ufffd", None),
    }
    records = spark.createDataFrame([(value, taken) for value in values], "value binary, timestamp timestamp")
    rows = as_log_rows(contract_records(filed_records(records), pin_log.TABLE), pin_log.TABLE)
    assert {row["source"] for row in rows.collect()} == {"pin_log"}
    found = [(row["ds"], row["response_id"], row["malformed_fields"]) for row in rows.collect()]
    assert found == list(values.values())


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{kind: kafka, topics: {query_log: q, response_log: r, pin_log: p}}", "bootstrap_servers"),
        ("{kind: kafka, bootstrap_servers: b, topics: {query_log: q, pin_log: p}}", "names no topic of `response_log`"),
        ("{kind: kafka, bootstrap_servers: b, topics: {query_log: q, response_log: q, pin_log: p}}", "share a topic"),
        (f"{{kind: kafka, bootstrap_servers: b, {TOPICS}, options: {{subscribe: x}}}}", "set by the stream itself"),
        ("{kind: pigeons}", "kafka"),
    ],
)
def test_what_a_source_lacks_is_said(source: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=r"streaming\.source") as refused:
        load_settings(assignments=[f"streaming.source={source}"])
    assert complaint in str(refused.value)


def test_without_the_connector_the_package_is_named(spark: SparkSession) -> None:
    settings = load_settings(assignments=[f"streaming.source={KAFKA}"])
    with pytest.raises(ConfigurationError, match=r"org\.apache\.spark:spark-sql-kafka-0-10"):
        arriving_rows(spark, settings)


def test_a_log_that_is_nowhere_is_named(spark: SparkSession, tmp_path: Path) -> None:
    settings = load_settings(assignments=[f"storage.input.path={tmp_path}"])
    with pytest.raises(MissingInputError, match="Table `query_log`"):
        arriving_rows(spark, settings)


DAY = date(2026, 3, 4)
SEEN = datetime(2026, 3, 4, 8, 30, tzinfo=UTC)
QUERY = {
    "query_id": "q1", "user_id": "u1", "session_id": "s1", "surface": "search", "country": "DE", "language": "de",
    "query_text": "blue", "event_ts": SEEN,
}  # fmt: skip
RESPONSE = {
    "response_id": "r1", "query_id": "q1", "response_text": "sky", "model_version": "m1", "event_ts": SEEN
}  # fmt: skip
PIN = {
    "response_id": "r1", "pin_id": "p1", "slot": 0, "image_signature": "5f", "image_url": "i.jpg", "title": "Sky",
    "viewed": True, "event_ts": SEEN,
}  # fmt: skip
RECORDS: Mapping[str, Mapping[str, Any]] = {"query_log": QUERY, "response_log": RESPONSE, "pin_log": PIN}


def _deliver(folder: Path, data_format: str, log: str, record: Mapping[str, Any]) -> None:
    """One record more, in a file of its own."""
    place = folder / log / f"ds={DAY}"
    rows = pa.Table.from_pylist([dict(record)])
    if "slot" in record:
        rows = rows.set_column(rows.schema.get_field_index("slot"), "slot", rows["slot"].cast(pa.int32()))
    if data_format == "delta":
        write_deltalake(folder / log, rows.append_column("ds", pa.array([DAY])), mode="append", partition_by=["ds"])
        return
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"part-{len(list(place.iterdir()))}.{data_format}"
    if data_format == "parquet":
        pq.write_table(rows, file)
    else:
        file.write_text(json.dumps(dict(record), default=datetime.isoformat) + "\n", encoding="utf-8")


@pytest.mark.parametrize("data_format", ["parquet", "json", "delta"])
def test_files_of_every_format_arrive_as_their_records_and_later_ones_after_them(
    spark: SparkSession, tmp_path: Path, data_format: str
) -> None:
    logs, checkpoint = tmp_path / "logs", str(tmp_path / "checkpoint")
    settings = load_settings(assignments=[f"storage.input={{path: '{logs}', format: {data_format}}}"])
    arrived: list[dict[str, Any]] = []

    def arrive() -> list[dict[str, Any]]:
        arrived.clear()
        stream = arriving_rows(spark, settings).writeStream.option("checkpointLocation", checkpoint)
        taken = stream.trigger(availableNow=True).foreachBatch(
            lambda batch, _: arrived.extend(row.asDict() for row in batch.collect())
        )
        taken.start().awaitTermination()
        return sorted(arrived, key=lambda row: row["source"])

    for log, record in RECORDS.items():
        _deliver(logs, data_format, log, record)
    rows = arrive()
    assert [row["source"] for row in rows] == ["pin_log", "query_log", "response_log"]
    for row, record in zip(rows, (PIN, QUERY, RESPONSE), strict=True):
        told = {name: value for name, value in row.items() if value is not None and name != "source"}
        assert told == {**record, "ds": DAY, "event_ts": SEEN.replace(tzinfo=None)}

    _deliver(logs, data_format, "pin_log", PIN | {"pin_id": "p2", "slot": 1})
    assert [(row["source"], row["pin_id"], row["slot"]) for row in arrive()] == [("pin_log", "p2", 1)]
    assert arrive() == []
