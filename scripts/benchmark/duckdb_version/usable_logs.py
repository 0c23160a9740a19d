"""Queries and responses of a day as temporary tables: every row once with its fault, and those that are left.

Few keys come twice. Only their rows are put in order; the others are passed on as they are.
"""

from datetime import date
from pathlib import Path

import duckdb

from schemas.contracts.settings import UnitSettings
from scripts.benchmark.duckdb_version.log_faults import (
    keyed_hash,
    query_fault,
    response_fault,
    text_bytes,
)
from scripts.benchmark.log_rules import BYTES_PER_SCORE, FIXED_BYTES

_QUERY_ORDER = (
    "event_ts, user_key NULLS FIRST, session_key NULLS FIRST, surface, country NULLS FIRST, language NULLS FIRST, "
    "query_text NULLS FIRST"
)
_RESPONSE_ORDER = (
    "response_id, event_ts, response_text NULLS FIRST, model_version NULLS FIRST, platform_scores NULLS FIRST"
)


def read_queries(connection: duckdb.DuckDBPyConnection, logs: Path, ds: date, limits: UnitSettings) -> None:
    """Tables `query_rows` (all, with fault) and `queries` (one row a usable query, n_duplicates)."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE query_rows AS SELECT query_id, {keyed_hash('user_id')} AS user_key, "
        f"{keyed_hash('session_id')} AS session_key, surface, country, language, query_text, event_ts, "
        f"{query_fault(ds)} AS fault FROM {_log(logs, 'query_log', ds)}"
    )
    n_bytes = text_bytes("user_key", "session_key", "surface", "country", "language", "query_text")
    _split_repeated(connection, "query_rows", key="query_id", order=_QUERY_ORDER, n_bytes=n_bytes, limits=limits)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE queries AS "
        "SELECT * EXCLUDE (fault), 0 AS n_duplicates FROM query_rows ANTI JOIN repeated USING (query_id) "
        "WHERE fault IS NULL "
        "UNION ALL BY NAME SELECT * EXCLUDE (fault, part, position), "
        "(count(*) OVER (PARTITION BY query_id) - 1)::INTEGER AS n_duplicates FROM in_parts WHERE part = 0 "
        "QUALIFY position = 1"
    )
    _mark_surplus(connection, "query_rows")


def read_responses(connection: duckdb.DuckDBPyConnection, logs: Path, ds: date, limits: UnitSettings) -> None:
    """Tables `response_rows` (all, with fault) and `responses` (one row a usable response, with rank).

    Rank and limits are among the responses to one query.
    """
    scores = (
        "map_from_entries(list_sort(list_filter(map_entries(platform_scores), lambda entry: entry.key IS NOT NULL)))"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE response_rows AS SELECT query_id, response_id, response_text, model_version, "
        f"event_ts, {scores} AS platform_scores, {response_fault(ds)} AS fault FROM {_log(logs, 'response_log', ds)}"
    )
    n_bytes = text_bytes("response_id", "response_text", "model_version") + (
        " + coalesce(strlen(array_to_string(map_keys(platform_scores), '')) "
        f"+ cardinality(platform_scores) * {BYTES_PER_SCORE}, 0)"
    )
    _split_repeated(connection, "response_rows", key="query_id", order=_RESPONSE_ORDER, n_bytes=n_bytes, limits=limits)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE responses AS "
        "SELECT * EXCLUDE (fault), 0 AS response_rank, 0 AS n_duplicates FROM response_rows "
        "ANTI JOIN repeated USING (query_id) WHERE fault IS NULL "
        "UNION ALL BY NAME SELECT * EXCLUDE (fault, part, position), "
        "(dense_rank() OVER (PARTITION BY query_id ORDER BY response_id) - 1)::INTEGER AS response_rank, "
        "(count(*) OVER (PARTITION BY query_id, response_id) - 1)::INTEGER AS n_duplicates "
        "FROM in_parts WHERE part = 0 "
        "QUALIFY row_number() OVER (PARTITION BY query_id, response_id ORDER BY position) = 1"
    )
    _mark_surplus(connection, "response_rows")


def _log(logs: Path, name: str, ds: date) -> str:
    return f"read_parquet('{logs}/input/{name}/ds={ds}/*.parquet')"


def _split_repeated(
    connection: duckdb.DuckDBPyConnection, rows: str, *, key: str, order: str, n_bytes: str, limits: UnitSettings
) -> None:
    """Tables `repeated` (keys of several usable rows) and `in_parts`, their rows with part and position in `order`."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {key} FROM {rows} WHERE fault IS NULL "
        f"GROUP BY {key} HAVING count(*) > 1"
    )
    before = f"ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE in_parts AS SELECT * EXCLUDE (n_before), greatest("
        f"(position - 1) // {limits.maximum_deliveries_per_key}, n_before // {limits.maximum_bytes_per_key}) AS part "
        f"FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS position, "
        f"coalesce(sum({n_bytes} + {FIXED_BYTES}) OVER (PARTITION BY {key} {before}), 0)::BIGINT AS n_before "
        f"FROM {rows} SEMI JOIN repeated USING ({key}) WHERE fault IS NULL)"
    )


def _mark_surplus(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Table `surplus_NAME`: rows of keys that have more than the limits allow."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE surplus_{rows} AS SELECT * EXCLUDE (part, position) FROM in_parts "
        "WHERE part <> 0"
    )
