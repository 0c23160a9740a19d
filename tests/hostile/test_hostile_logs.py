"""Hostile logs against the specification: every record is in a unit, a duplicate or in quarantine, as it should be."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.units.identifiers import key_id, without_people
from lib.units.interaction_units import interaction_units
from lib.units.join_logs import join_logs
from lib.units.quarantine import quarantined_records
from lib.units.row_account import row_account
from schemas import pin_log, query_log, response_log
from schemas.contracts.settings import UnitSettings
from tests.hostile.expected_day import LOG_FIELDS, ExpectedDay, Record, expected_day
from tests.hostile.log_tables import log_table
from tests.hostile.outcomes import quarantined_record, unit_content
from tests.hostile.record_strategies import BLANKS, DS, small_logs

KEY = b"a key of the tests only"
N_EXAMPLES, N_FAMILIES = 40, 12
Logs = Mapping[str, Sequence[Record]]


@pytest.fixture(scope="module")
def logs() -> Logs:
    """Many small hostile logs filed under one day: those of a family of examples share their ids."""
    day: dict[str, list[Record]] = {name: [] for name in LOG_FIELDS}
    examples: list[Logs] = []

    @settings(max_examples=N_EXAMPLES, derandomize=True, database=None, deadline=None)
    @given(small_logs())
    def collect(found: Logs) -> None:
        examples.append(found)

    collect()
    for number, example in enumerate(examples):
        for name, records in example.items():
            day[name] += [_of_family(record, number % N_FAMILIES) for record in records]
    return day


def _of_family(record: Record, family: int) -> Record:
    """`record` with its family at the end of its events' ids, but for blank ones."""
    named = dict(record)
    for name in ("query_id", "response_id"):
        if isinstance(named.get(name), str) and named[name] not in BLANKS:
            named[name] = f"{named[name]}{family}"
    return named


def _frames(spark: SparkSession, logs: Logs) -> dict[str, DataFrame]:
    frames = {}
    for spec in (query_log.TABLE, response_log.TABLE, pin_log.TABLE):
        rows = spark.createDataFrame(log_table(spec.name, logs[spec.name]))
        frames[spec.name] = spec.conform(rows.withColumn("ds", F.lit(DS)))
    return frames


def _require_as_expected(frames: Mapping[str, DataFrame], expected: ExpectedDay, limits: UnitSettings) -> None:
    frames = {**frames, "query_log": without_people(frames["query_log"], key=KEY)}
    joined = join_logs(**frames, ds=DS, limits=limits).persist()
    account = {row[0]: list(row[1:]) for row in row_account(joined, logs=frames).collect()}
    units = interaction_units(joined, key_id=key_id(KEY))
    units = units.withColumn("platform_scores", F.map_entries("platform_scores")).collect()
    quarantined = quarantined_records(joined, ds=DS).collect()
    joined.unpersist()
    assert account == expected.account
    assert all(rows_in == sum(became) for rows_in, *became in account.values())
    assert len({row["unit_id"] for row in units}) == len(units)
    assert {row["unit_id"]: unit_content(row.asDict(recursive=True)) for row in units} == expected.units
    assert Counter(quarantined_record(row.asDict()) for row in quarantined) == expected.quarantined


def test_every_record_becomes_what_the_specification_says(spark: SparkSession, logs: Logs) -> None:
    expected = expected_day(logs, ds=DS, key=KEY)
    assert len(expected.units) > 50
    assert len({reason for _, reason, *_ in expected.quarantined}) == 8
    _require_as_expected(_frames(spark, logs), expected, UnitSettings())


def test_order_and_partitions_change_nothing_and_groups_are_bounded(spark: SparkSession, logs: Logs) -> None:
    limits = UnitSettings(maximum_deliveries_per_key=3, maximum_bytes_per_key=1024)
    expected = expected_day(logs, ds=DS, key=KEY, maximum_deliveries=3, maximum_bytes=1024)
    assert sum(n for (_, reason, *_), n in expected.quarantined.items() if reason == "surplus_delivery") > 50
    backwards = {name: list(reversed(records)) for name, records in logs.items()}
    frames = {name: frame.repartition(3) for name, frame in _frames(spark, backwards).items()}
    _require_as_expected(frames, expected, limits)
