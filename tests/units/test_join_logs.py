"""Units, duplicates and quarantine on hand-written logs whose right answer stands beside them."""

import hashlib
import hmac
import json
from datetime import date, datetime

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from lib.units.identifiers import key_id, person_key, without_people
from lib.units.interaction_units import interaction_units
from lib.units.join_logs import join_logs
from lib.units.quarantine import quarantined_records
from lib.units.row_account import require_balance, row_account
from schemas import pin_log, query_log, response_log
from schemas.errors import RowAccountError
from schemas.table_spec import TableSpec

DS = date(2026, 3, 2)
KEY = b"a key of the tests only"
NOON = datetime(2026, 3, 2, 12)
YESTERDAY = datetime(2026, 3, 1, 23, 59)


def _log(spark: SparkSession, spec: TableSpec, rows: list[dict[str, object]]) -> DataFrame:
    defaults = dict.fromkeys(spec.column_names) | {"ds": DS, "event_ts": NOON}
    return spark.createDataFrame([tuple((defaults | row)[c] for c in spec.column_names) for row in rows], spec.schema())


def _query(query_id: str | None, **fields: object) -> dict[str, object]:
    return {
        "query_id": query_id,
        "user_id": "u1",
        "session_id": "s1",
        "surface": "search",
        "query_text": "tea",
    } | fields


def _response(response_id: str | None, query_id: str | None, **fields: object) -> dict[str, object]:
    return {"response_id": response_id, "query_id": query_id, "response_text": "here is tea"} | fields


def _pin(response_id: str | None, slot: int | None, pin_id: str | None, **fields: object) -> dict[str, object]:
    return {"response_id": response_id, "slot": slot, "pin_id": pin_id, "viewed": False} | fields


class Day:
    """The three logs of a day and what becomes of them."""

    def __init__(self, spark: SparkSession, queries: list, responses: list, pins: list) -> None:
        self.logs = {
            "query_log": without_people(_log(spark, query_log.TABLE, queries), key=KEY),
            "response_log": _log(spark, response_log.TABLE, responses),
            "pin_log": _log(spark, pin_log.TABLE, pins),
        }
        self.joined = join_logs(**self.logs, ds=DS)

    def units(self) -> list[Row]:
        return interaction_units(self.joined, key_id=key_id(KEY)).orderBy("query_id", "response_rank").collect()

    def quarantine(self) -> list[tuple[str, str]]:
        rows = quarantined_records(self.joined, ds=DS).collect()
        return sorted((row["source"], row["reason"]) for row in rows)

    def account(self) -> dict[str, tuple[int, int, int, int]]:
        return {row[0]: tuple(row[1:]) for row in row_account(self.joined, logs=self.logs).collect()}


def test_pins_are_ordered_by_slot_and_duplicates_removed_in_the_array(spark: SparkSession) -> None:
    day = Day(
        spark,
        [_query("q1"), _query("q1")],
        [_response("r1", "q1"), _response("r1", "q1", event_ts=datetime(2026, 3, 2, 13))],
        [
            _pin("r1", 2, "p3"),
            _pin("r1", 0, "p1", viewed=True),
            _pin("r1", 0, "p1", viewed=False),  # the view was seen by one delivery: the Pin counts as viewed
            _pin("r1", 1, "p2", viewed=None),
            _pin("r1", 1, "p9"),  # two Pins logged at one slot are two Pins
        ],
    )
    (unit,) = day.units()
    assert [(pin["slot"], pin["pin_id"], pin["is_viewed"]) for pin in unit["pins"]] == [
        (0, "p1", True),
        (1, "p2", False),
        (1, "p9", False),
        (2, "p3", False),
    ]
    assert (unit["pin_count"], unit["viewed_pin_count"]) == (4, 1)
    assert (unit["n_duplicate_queries"], unit["n_duplicate_responses"], unit["n_duplicate_pins"]) == (1, 1, 1)
    assert day.account() == {"query_log": (2, 1, 1, 0), "response_log": (2, 1, 1, 0), "pin_log": (5, 4, 1, 0)}


def test_queries_without_responses_and_responses_without_pins_are_units(spark: SparkSession) -> None:
    day = Day(spark, [_query("q1"), _query("q2")], [_response("r2", "q2")], [])
    alone, answered = day.units()
    assert (alone["query_id"], alone["response_id"], alone["pins"], alone["pin_count"]) == ("q1", None, [], 0)
    assert (answered["query_id"], answered["response_id"], answered["pin_count"]) == ("q2", "r2", 0)
    assert day.quarantine() == []


def test_each_response_of_a_query_is_a_unit_and_the_query_is_used_once(spark: SparkSession) -> None:
    day = Day(
        spark,
        [_query("q1"), _query("q1")],
        [_response("r1", "q1"), _response("r2", "q1"), _response("r2", "q1")],
        [_pin("r1", 0, "p1"), _pin("r2", 0, "p1")],
    )
    first, second = day.units()
    assert (first["response_id"], first["response_rank"], second["response_id"], second["response_rank"]) == (
        "r1", 0, "r2", 1,
    )  # fmt: skip
    assert first["unit_id"] != second["unit_id"]
    assert day.account() == {"query_log": (2, 1, 1, 0), "response_log": (3, 2, 1, 0), "pin_log": (2, 2, 0, 0)}


def test_every_unusable_record_is_quarantined_with_its_reason(spark: SparkSession) -> None:
    day = Day(
        spark,
        [
            _query("q1"),
            _query(None),
            _query(""),
            _query("q4", event_ts=None),
            _query("q5", event_ts=datetime(1970, 1, 1)),
            _query("q6", event_ts=datetime(2090, 1, 1)),
            _query("q7", event_ts=YESTERDAY),
            _query("q8", surface=None),
        ],
        [
            _response("r1", "q1"),
            _response(None, "q1"),
            _response("r3", None),
            _response("r4", "q1", event_ts=None),
            _response("r5", "nobody"),
            _response("r6", "nobody", event_ts=YESTERDAY),
            _response("r7", "q8"),  # its query is in quarantine, so it is an orphan
        ],
        [
            _pin("r1", 0, "p1"),
            _pin(None, 0, "p2"),
            _pin("r1", 0, None),
            _pin("r1", None, "p4"),
            _pin("r1", -1, "p5"),
            _pin("r1", 1, "p6", event_ts=datetime(2090, 1, 1)),
            _pin("nothing", 1, "p7"),
            _pin("nothing", 1, "p7"),  # nothing is a duplicate of a record that is not used
            _pin("nothing", 1, "p8", event_ts=YESTERDAY),
            _pin("r5", 0, "p9"),
        ],
    )
    assert [unit["unit_id"] for unit in day.units()] == [hashlib.sha256(b"q1\x1fr1").hexdigest()[:32]]
    assert day.quarantine() == sorted(
        [
            *[("query_log", "missing_key")] * 2,
            *[("query_log", "invalid_timestamp")] * 3,
            ("query_log", "late_event"),
            ("query_log", "missing_surface"),
            *[("response_log", "missing_key")] * 2,
            ("response_log", "invalid_timestamp"),
            *[("response_log", "orphan_response")] * 2,
            ("response_log", "late_event"),
            *[("pin_log", "missing_key")] * 2,
            *[("pin_log", "invalid_slot")] * 2,
            ("pin_log", "invalid_timestamp"),
            *[("pin_log", "orphan_pin")] * 3,
            ("pin_log", "late_event"),
        ]
    )
    assert day.account() == {"query_log": (8, 1, 0, 7), "response_log": (7, 1, 0, 6), "pin_log": (10, 1, 0, 9)}


def test_a_late_record_whose_parent_is_there_is_used(spark: SparkSession) -> None:
    day = Day(
        spark,
        [_query("q1")],
        [_response("r1", "q1", event_ts=YESTERDAY)],
        [_pin("r1", 0, "p1", event_ts=YESTERDAY)],
    )
    assert [unit["pin_count"] for unit in day.units()] == [1]
    assert day.quarantine() == []


def test_a_response_id_claimed_by_two_queries_gives_its_pins_to_one_unit_only(spark: SparkSession) -> None:
    day = Day(
        spark, [_query("q2"), _query("q1")], [_response("r1", "q1"), _response("r1", "q2")], [_pin("r1", 0, "p1")]
    )
    assert [(unit["query_id"], unit["response_id"], unit["pin_count"]) for unit in day.units()] == [
        ("q1", "r1", 1),
        ("q2", "r1", 0),
    ]
    assert day.account() == {"query_log": (2, 2, 0, 0), "response_log": (2, 2, 0, 0), "pin_log": (1, 1, 0, 0)}


def test_people_are_keyed_hashes_in_units_and_quarantine(spark: SparkSession) -> None:
    day = Day(spark, [_query("q1"), _query("q2", user_id=None), _query(None)], [], [])
    hashed = hmac.new(KEY, b"u1", hashlib.sha256).hexdigest()
    assert [unit["user_key"] for unit in day.units()] == [hashed, None]
    (record,) = (json.loads(row["record"]) for row in quarantined_records(day.joined, ds=DS).collect())
    assert record["user_key"] == hashed == person_key("u1", key=KEY)
    assert record["session_key"] == hmac.new(KEY, b"s1", hashlib.sha256).hexdigest()
    assert record["query_id"] is None


def test_missing_places_become_unknown_and_platform_scores_are_kept(spark: SparkSession) -> None:
    day = Day(
        spark,
        [_query("q1", country=None, language="")],
        [_response("r1", "q1", platform_scores={"harassment": 0.25, "adult_content": 0.5})],
        [],
    )
    (unit,) = day.units()
    assert (unit["country"], unit["language"]) == ("unknown", "unknown")
    assert unit["platform_scores"] == {"harassment": 0.25, "adult_content": 0.5}


def test_an_account_that_does_not_balance_is_refused(spark: SparkSession) -> None:
    account = spark.createDataFrame(
        [("pin_log", 10, 8, 1, 0)],
        "source string, rows_in long, rows_used long, rows_duplicate long, rows_quarantined long",
    )
    with pytest.raises(RowAccountError, match=r"`pin_log`: 10 rows in, but 8 used \+ 1 duplicates \+ 0 quarantined"):
        require_balance(account)


def test_the_pin_log_is_shuffled_once_and_no_log_is_scanned_twice(whole_plans: SparkSession) -> None:
    day = Day(whole_plans, [_query("q1")], [_response("r1", "q1")], [_pin("r1", 0, "p1")])
    plan = day.joined._jdf.queryExecution().executedPlan().toString().split("== Initial Plan ==")[-1]
    assert plan.count("Scan ExistingRDD") == 3  # one a log
    assert plan.count("Exchange hashpartitioning") == 4  # queries, responses, their join, Pins
    # Each log is sorted into order and then by group; what a query claims likewise. No join sorts groups again.
    assert plan.count("Sort [") == 8
    assert "ObjectHashAggregate" not in plan
