"""What becomes of rows: hand-written logs, a watermark, and the right fate beside every row."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.streaming.row_fates import newest_events, with_fates, with_faults
from lib.streaming.stream_state import StreamState

DS = date(2026, 3, 3)
COLUMNS = (
    "name string, source string, ds date, query_id string, response_id string, pin_id string, slot int, "
    "surface string, event_ts timestamp, malformed_fields array<string>, is_new boolean"
)
DEFAULTS: dict[str, Any] = {"ds": DS, "surface": "search", "slot": 0, "pin_id": "p", "is_new": True}


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 3, hour, minute, tzinfo=UTC)


def _rows(spark: SparkSession, rows: list[dict[str, Any]]) -> DataFrame:
    names = [column.split()[0] for column in COLUMNS.split(", ")]
    filled = [DEFAULTS | {"name": f"{i}"} | row for i, row in enumerate(rows)]
    return with_faults(spark.createDataFrame([tuple(row.get(n) for n in names) for row in filled], COLUMNS), [DS])


def _query(name: str, query_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {"name": name, "source": "query_log", "query_id": query_id, "event_ts": at} | fields


def _response(name: str, response_id: str, query_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    ids = {"response_id": response_id, "query_id": query_id}
    return {"name": name, "source": "response_log", "event_ts": at} | ids | fields


def _pin(name: str, response_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {"name": name, "source": "pin_log", "response_id": response_id, "event_ts": at} | fields


def test_every_row_has_its_fate(spark: SparkSession) -> None:
    expected = {
        "closing: its time has passed, although only now": "closing",
        "closing: its response": "closing",
        "closing: its Pin, which is younger than the watermark": "closing",
        "closing: another delivery of it": "closing",
        "waiting: its time has not passed": "waiting",
        "waiting: its response, whose clock is behind": "waiting",
        "waiting: its Pin, whose clock is behind": "waiting",
        "late: came when its time had passed": "late",
        "late: the response to it": "late",
        "late: a Pin whose query was closed before": "late",
        "waiting: a young Pin of an unknown response": "waiting",
        "late: another delivery of a unit's query": "late",
        "late: a response to a unit's query": "late",
        "late: of a day before": "late",
        "quarantined: no surface": "quarantined",
        "quarantined: an impossible slot": "quarantined",
    }
    names = iter(expected)
    rows = _rows(
        spark,
        [
            _query(next(names), "q1", _at(9, 30), is_new=False),
            _response(next(names), "r1", "q1", _at(9, 31)),
            _pin(next(names), "r1", _at(10, 30)),
            _query(next(names), "q1", _at(10, 5)),
            _query(next(names), "q2", _at(10, 5)),
            _response(next(names), "r2", "q2", _at(8)),
            _pin(next(names), "r2", _at(8)),
            _query(next(names), "q3", _at(8, 59)),
            _response(next(names), "r3", "q3", _at(8, 59)),
            _pin(next(names), "r9", _at(9, 59)),
            _pin(next(names), "r8", _at(10, 1)),
            _query(next(names), "q7", _at(10, 2)),
            _response(next(names), "r7", "q7", _at(10, 2)),
            _query(next(names), "q0", _at(10, 2), ds=DS - timedelta(days=1)),
            _query(next(names), "q5", _at(10, 2), surface=" "),
            _pin(next(names), "r1", _at(9, 40), slot=-1),
        ],
    )
    placed = with_fates(
        rows,
        first_ds=DS,
        watermark_before=_at(9),
        watermark=_at(10),
        built_queries=spark.createDataFrame([(DS, "q7")], "ds date, query_id string"),
    )
    assert {row["name"]: row["fate"] for row in placed.collect()} == expected


def test_before_every_log_has_begun_nothing_closes(spark: SparkSession) -> None:
    rows = _rows(spark, [_query("q", "q1", _at(1)), _pin("p", "r1", _at(1))])
    none = spark.createDataFrame([], "ds date, query_id string")
    placed = with_fates(rows, first_ds=DS, watermark_before=None, watermark=None, built_queries=none)
    assert {row["fate"] for row in placed.collect()} == {"waiting"}


def test_a_clock_that_runs_ahead_closes_nobodys_units(spark: SparkSession) -> None:
    rows = _rows(
        spark,
        [
            _query("ahead", "q1", _at(23)),
            _query("far ahead: no usable time", "q2", _at(1) + timedelta(days=9)),
            _response("slowest", "r1", "q1", _at(11)),
        ],
    )
    found = {
        row["source"]: row["newest_event_at"].astimezone(UTC) for row in newest_events(rows, now=_at(12)).collect()
    }
    assert found == {"query_log": _at(12), "response_log": _at(11)}
    assert rows.where(F.col("fault").isNotNull()).count() == 1


@pytest.mark.parametrize(
    ("newest", "before", "after"),
    [
        ({"query_log": 12, "response_log": 11, "pin_log": 10}, None, 9),
        ({"query_log": 12, "response_log": 11, "pin_log": 10}, 8, 9),
        ({"query_log": 12, "response_log": 11, "pin_log": 8}, 9, 9),
        ({"query_log": 12, "response_log": 11}, None, None),
    ],
)
def test_the_slowest_log_makes_the_watermark_which_never_goes_back(
    newest: dict[str, int], before: int | None, after: int | None
) -> None:
    state = StreamState(None, "s", 0, {}, None if before is None else _at(before))  # type: ignore[arg-type]
    reached = state.watermark_after({log: _at(hour) for log, hour in newest.items()}, delay=timedelta(hours=1))
    assert reached == (None if after is None else _at(after))
