"""Rows of topics: the day they are filed under, what their settings refuse, and the connector that must be there."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
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
