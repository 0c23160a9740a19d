"""Step `units` in DuckDB: joins the logs of a day, quarantines what fits nowhere, keeps the account."""

import hashlib
import hmac
import os
from datetime import date
from pathlib import Path

import duckdb

from schemas.contracts.settings import UnitSettings
from scripts.benchmark.duckdb_version.delta_tables import replace_day
from scripts.benchmark.duckdb_version.log_faults import is_blank, unmatched
from scripts.benchmark.duckdb_version.ordered_pins import OrderedPins, ordered_pins
from scripts.benchmark.duckdb_version.usable_logs import read_queries, read_responses
from scripts.benchmark.measured_work import ID_KEY_VARIABLE

_LOGS = ("query_log", "response_log", "pin_log")


def write_units(
    connection: duckdb.DuckDBPyConnection, logs: Path, warehouse: Path, ds: date, limits: UnitSettings, run_id: str
) -> None:
    """Write interaction_units, quarantine and row_account of the day."""
    read_queries(connection, logs, ds, limits)
    read_responses(connection, logs, ds, limits)
    _answer(connection)
    pins = ordered_pins(connection, logs, ds, limits)
    _join_pins(connection, pins)
    stamp = f"DATE '{ds}' AS ds, '{run_id}' AS job_run_id"
    _account(connection, pins.n_rows)
    unbalanced = connection.execute(
        "SELECT source FROM account WHERE rows_in <> rows_used + rows_duplicate + rows_quarantined"
    ).fetchall()
    if unbalanced:
        raise ValueError(f"The account of {unbalanced} does not balance.")
    replace_day(warehouse / "quarantine", connection.sql(f"SELECT *, {stamp} FROM ({_quarantine(ds)})"), ds)
    replace_day(warehouse / "interaction_units", connection.sql(f"SELECT {_unit_columns()}, {stamp} FROM units"), ds)
    replace_day(warehouse / "row_account", connection.sql(f"SELECT *, {stamp} FROM account"), ds)


def _answer(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `answered`: one row per query and response; `has_pins` at the first query that claims a response."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE answered AS SELECT q.* EXCLUDE (n_duplicates), r.response_id, r.response_text, "
        "r.model_version, r.platform_scores, coalesce(r.response_rank, 0) AS response_rank, "
        "CASE WHEN coalesce(r.response_rank, 0) = 0 THEN q.n_duplicates ELSE 0 END AS n_duplicate_queries, "
        "coalesce(r.n_duplicates, 0) AS n_duplicate_responses "
        "FROM queries q LEFT JOIN responses r USING (query_id)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE claimed AS SELECT response_id, min(query_id) AS first_query FROM answered "
        "WHERE response_id IS NOT NULL GROUP BY response_id HAVING count(*) > 1"
    )


def _join_pins(connection: duckdb.DuckDBPyConnection, pins: OrderedPins) -> None:
    """Table `units`: `answered` with its Pins; tables `unused_pins` and, of responses in no unit, `orphan_pins`."""
    connection.register("pin_groups", pins.groups)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE units AS SELECT a.*, coalesce(g.pins, []) AS pins, "
        "coalesce(g.n_pin_deliveries, 0) AS n_pin_deliveries "
        "FROM (SELECT a.*, CASE WHEN first_query IS NULL OR first_query = query_id THEN response_id END AS pins_of "
        "FROM answered a LEFT JOIN claimed c USING (response_id)) a LEFT JOIN pin_groups g ON g.response_id = a.pins_of"
    )
    orphans = connection.execute(
        "SELECT group_number FROM pin_groups ANTI JOIN answered USING (response_id)"
    ).fetchall()
    connection.register("unused_pins", pins.unused)
    connection.register("orphan_pins", pins.of_groups([number for (number,) in orphans]))


def _unit_columns() -> str:
    """The columns of schemas/interaction_units.py except ds and job_run_id."""
    escaped_query, escaped_response = (
        f"replace(replace({text}, chr(30), chr(30) || '0'), chr(31), chr(30) || '1')"
        for text in ("query_id", "coalesce(response_id, '')")
    )
    key = os.environ[ID_KEY_VARIABLE].encode()
    key_id = hmac.new(key, b"plumbline id key", hashlib.sha256).hexdigest()[:12]
    known = {name: f"CASE WHEN {is_blank(name)} THEN 'unknown' ELSE {name} END" for name in ("country", "language")}
    return (
        f"sha256({escaped_query} || chr(31) || {escaped_response})[:32] AS unit_id, query_id, response_id, "
        f"response_rank, user_key, session_key, '{key_id}' AS key_id, surface, {known['country']} AS country, "
        f"{known['language']} AS language, query_text, response_text, model_version, pins, "
        "len(pins)::INTEGER AS pin_count, len(list_filter(pins, lambda pin: pin.is_viewed))::INTEGER "
        "AS viewed_pin_count, platform_scores, event_ts AS queried_at, true AS has_content, n_duplicate_queries, "
        "n_duplicate_responses, (n_pin_deliveries - len(pins))::INTEGER AS n_duplicate_pins"
    )


def _quarantine(ds: date) -> str:
    query = "event_ts, user_key, session_key, surface, country, language, query_text, query_id"
    response = "response_id, event_ts, response_text, model_version, platform_scores, query_id"
    pin = "slot, pin_id, is_viewed, event_ts, image_signature, image_url, title, response_id"
    orphan = unmatched(ds, "orphan_response", "event_ts")
    return (
        f"SELECT 'query_log' AS source, fault AS reason, to_json({_packed(query)})::VARCHAR AS record "
        "FROM query_rows WHERE fault IS NOT NULL "
        f"UNION ALL SELECT 'query_log', 'surplus_delivery', to_json({_packed(query)})::VARCHAR FROM surplus_query_rows "
        f"UNION ALL SELECT 'response_log', coalesce(fault, {orphan}), to_json({_packed(response)})::VARCHAR "
        f"FROM ({_UNUSED_RESPONSES}) "
        f"UNION ALL SELECT 'response_log', 'surplus_delivery', to_json({_packed(response)})::VARCHAR "
        "FROM surplus_response_rows "
        f"UNION ALL SELECT 'pin_log', coalesce(reason, {unmatched(ds, 'orphan_pin', 'event_ts')}), "
        f"to_json({_packed(pin)})::VARCHAR FROM ({_UNUSED_PINS})"
    )


_UNUSED_RESPONSES = (
    "SELECT * FROM response_rows WHERE fault IS NOT NULL UNION ALL "
    "SELECT r.* FROM (FROM response_rows ANTI JOIN surplus_response_rows USING (query_id, response_id, event_ts)) r "
    "ANTI JOIN queries USING (query_id) WHERE r.fault IS NULL"
)
_UNUSED_PINS = "SELECT * FROM unused_pins UNION ALL BY NAME SELECT *, NULL AS reason FROM orphan_pins"


def _packed(names: str) -> str:
    return "struct_pack({})".format(", ".join(f"{name} := {name}" for name in names.split(", ")))


def _account(connection: duckdb.DuckDBPyConnection, n_pin_rows: int) -> None:
    """Table `account`: rows in, counted in the log; used, duplicate and quarantined, counted in what became of them."""
    figures = {
        "query_log": (
            "(SELECT count(*) FROM query_rows)",
            "(SELECT count(*) FROM units WHERE response_rank = 0)",
            "(SELECT sum(n_duplicate_queries) FROM units)",
            "(SELECT count(*) FROM query_rows WHERE fault IS NOT NULL) + (SELECT count(*) FROM surplus_query_rows)",
        ),
        "response_log": (
            "(SELECT count(*) FROM response_rows)",
            "(SELECT count(response_id) FROM units)",
            "(SELECT sum(n_duplicate_responses) FROM units)",
            f"(SELECT count(*) FROM ({_UNUSED_RESPONSES})) + (SELECT count(*) FROM surplus_response_rows)",
        ),
        "pin_log": (
            f"{n_pin_rows}",
            "(SELECT sum(len(pins)) FROM units)",
            "(SELECT sum(n_pin_deliveries - len(pins)) FROM units)",
            f"(SELECT count(*) FROM ({_UNUSED_PINS}))",
        ),
    }
    rows = [
        f"SELECT '{log}' AS source, "
        + ", ".join(
            f"coalesce({figure}, 0)::BIGINT AS {name}"
            for name, figure in zip(
                ("rows_in", "rows_used", "rows_duplicate", "rows_quarantined"), figures[log], strict=True
            )
        )
        for log in _LOGS
    ]
    connection.execute("CREATE OR REPLACE TEMP TABLE account AS " + " UNION ALL ".join(rows))
