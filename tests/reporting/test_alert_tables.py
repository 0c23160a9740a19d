"""What is read of the monitoring's tables for a page: the last state of each alert and of each channel."""

from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from lib.reporting import alert_tables
from lib.reporting.dashboard_data import COLUMNS
from schemas import alert_deliveries, alerts, directional_index, monitoring_sequences
from schemas.table_spec import TableSpec
from tests.complete_rows import completed

MONDAY, TUESDAY, WEDNESDAY = (date(2024, 3, day) for day in (4, 5, 6))


def _rows(spark: SparkSession, spec: TableSpec, records: list[dict[str, Any]]) -> DataFrame:
    fields = [field for field in spec.schema().fields if field.name in records[0]]
    known = spark.createDataFrame(
        [tuple(record[field.name] for field in fields) for record in records], StructType(fields)
    )
    return completed(spec, known, ds=MONDAY, design_id="daily_v1")


def _alert(alert_id: str, ds: date, **changes: Any) -> dict[str, Any]:
    evidence: dict[str, Any] = {field.name: None for field in alerts.TABLE.schema()["evidence"].dataType}
    drivers = [
        dict.fromkeys(("effect", "rate_effect", "rate_std_error", "mix_effect", "share_before", "share_after"))
        | {"segment": "surface", "segment_value": value, "rate_before": 0.01, "rate_after": 0.02}
        for value in ("search", "home")
    ]
    return {
        "ds": ds, "alert_id": alert_id, "state": "open", "transition": "none", "kind": "drift", "direction": "rise",
        "opened_date": MONDAY, "closed_date": None, "family": "prevalence",
        "evidence": evidence | {"before": 0.01, "ratio": 1.5, "drivers": drivers, "unit_ids": ["u1", "u2"]},
    } | changes  # fmt: skip


def test_of_each_alert_its_last_state_is_shown_open_ones_first(spark: SparkSession) -> None:
    closed = {"state": "resolved", "transition": "resolved"}
    records = [
        _alert("opened", MONDAY), _alert("opened", TUESDAY, acknowledged_by="ada"),
        _alert("over", MONDAY), _alert("over", WEDNESDAY, **closed, closed_date=WEDNESDAY),
        _alert("long over", MONDAY, **closed, closed_date=MONDAY),
        _alert("channel", TUESDAY, family="channel", evidence=None, opened_date=TUESDAY),
    ]  # fmt: skip
    known = [{"acknowledged_by": None} | record for record in records]
    found = alert_tables.latest_alerts(_rows(spark, alerts.TABLE, known), first_closed=TUESDAY)
    assert found.columns == list(COLUMNS["alerts"])
    channel, opened, over = found.collect()
    assert (channel["family"], channel["driver_values"], channel["unit_ids"]) == ("channel", None, None)
    assert (opened["state"], opened["acknowledged_by"], opened["before"], opened["ratio"]) == ("open", "ada", 0.01, 1.5)
    assert (opened["driver_segments"], opened["driver_values"]) == (["surface", "surface"], ["search", "home"])
    assert (opened["driver_before"], opened["unit_ids"]) == ([0.01, 0.01], ["u1", "u2"])
    assert (over["state"], over["closed_date"]) == ("resolved", WEDNESDAY)


def test_a_channel_stands_as_its_last_attempt_went_and_counts_what_never_reached_it(spark: SparkSession) -> None:
    def attempt(channel: str, alert_id: str, hour: int, number: int, fault: str | None) -> dict[str, Any]:
        of_attempt = {"ds": MONDAY, "alert_id": alert_id, "transition": "opened", "channel": channel, "attempt": number}
        at = datetime(2024, 3, 5, hour, tzinfo=UTC)
        return of_attempt | {"status": "failed" if fault else "sent", "fault": fault, "attempted_at": at}

    deliveries = [
        attempt("pager", "a", 1, 1, "timed_out"), attempt("pager", "a", 3, 2, None),
        attempt("pager", "b", 2, 1, None), attempt("pager", "c", 4, 1, "refused"),
        attempt("team", "a", 1, 1, "refused"), attempt("team", "a", 2, 2, None),
    ]  # fmt: skip
    found = alert_tables.channel_states(_rows(spark, alert_deliveries.TABLE, deliveries))
    assert found.columns == list(COLUMNS["channels"])
    states = [(row["channel"], row["status"], row["fault"], row["n_undelivered"]) for row in found.collect()]
    assert states == [("pager", "failed", "refused", 1), ("team", "sent", None, 0)]


def test_streams_are_counted_by_their_phase_on_the_last_day(spark: SparkSession) -> None:
    phases = [(MONDAY, "changed"), (TUESDAY, "watched"), (TUESDAY, "watched"), (TUESDAY, "warming_up")]
    sequences = _rows(spark, monitoring_sequences.TABLE, [{"ds": ds, "phase": phase} for ds, phase in phases])
    found = alert_tables.watched_streams(sequences)
    assert found.columns == list(COLUMNS["watched_streams"])
    assert [tuple(row) for row in found.collect()] == [(TUESDAY, "warming_up", 1), (TUESDAY, "watched", 2)]


def test_of_the_index_only_the_whole_population_is_read_and_of_the_ratio_its_last_phase(spark: SparkSession) -> None:
    stream = {"policy": "spam", "measure": "units", "segment": "all", "segment_value": "all"}
    index = [
        stream | {"ds": day, "segment": segment, "mean_score": score, "direction": "up"}
        for day, segment, score in ((TUESDAY, "all", 0.2), (MONDAY, "all", 0.1), (MONDAY, "surface", 0.3))
    ]
    found = alert_tables.headline_index(_rows(spark, directional_index.TABLE, index))
    assert found.columns == list(COLUMNS["directional_index"])
    assert [(row["ds"], row["mean_score"]) for row in found.collect()] == [(MONDAY, 0.1), (TUESDAY, 0.2)]
    sequences = [
        stream | {"ds": day, "family": family, "phase": phase}
        for day, family, phase in (
            (MONDAY, "index_gap", "warming_up"), (TUESDAY, "index_gap", "watched"), (TUESDAY, "prevalence", "changed"))
    ]  # fmt: skip
    phases = alert_tables.gap_streams(_rows(spark, monitoring_sequences.TABLE, sequences))
    assert phases.columns == list(COLUMNS["gap_streams"])
    assert [tuple(row) for row in phases.collect()] == [("spam", "units", "watched")]
