"""The measurement unit: one query with one response and all its Pins."""

from schemas.columns import (
    COUNTRY,
    DS,
    JOB_RUN_ID,
    LANGUAGE,
    PIN_COUNT,
    PINS,
    QUERY_TEXT,
    RESPONSE_TEXT,
    SURFACE,
    UNIT_ID,
    USER_KEY,
    VIEWED_PIN_COUNT,
)
from schemas.relations import Total
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

TABLE = TableSpec(
    name="interaction_units",
    grain="one query with one response and all its Pins; a query without a response and a response without Pins count",
    columns=(
        DS,
        UNIT_ID,
        ColumnSpec("query_id", "string", "Query event"),
        ColumnSpec("response_id", "string", "Response event; null if the query got none", is_nullable=True),
        ColumnSpec(
            "response_rank", "int", "Position of the response among those to its query, from 0", within=NOT_NEGATIVE
        ),
        USER_KEY,
        ColumnSpec("session_key", "string", "Session as HMAC-SHA-256 of the session id", is_nullable=True),
        ColumnSpec("key_id", "string", "Which key hashed user and session id; tells nothing about the key"),
        SURFACE,
        COUNTRY,
        LANGUAGE,
        QUERY_TEXT,
        RESPONSE_TEXT,
        ColumnSpec("model_version", "string", "Model that answered", is_nullable=True),
        PINS,
        PIN_COUNT,
        VIEWED_PIN_COUNT,
        ColumnSpec(
            "platform_scores",
            "map<string,double>",
            "Scores that came with the logs",
            is_nullable=True,
            within=SHARE,
            is_as_logged=True,
        ),
        ColumnSpec("queried_at", "timestamp", "When the query was typed, UTC"),
        ColumnSpec("has_content", "boolean", "False once texts and images have expired or were erased"),
        ColumnSpec("n_duplicate_queries", "int", "Further deliveries of the query, counted at response_rank 0"),
        ColumnSpec("n_duplicate_responses", "int", "Further deliveries of the response"),
        ColumnSpec("n_duplicate_pins", "int", "Further deliveries of its Pins"),
        JOB_RUN_ID,
    ),
    key=("unit_id",),
    written_by=("build_interaction_units",),
    made_from=("query_log", "response_log", "pin_log"),
    is_daily=True,
    is_traffic=True,
    event_time="queried_at",
    totals=tuple(
        Total(f"{log} {rows}", figure, "row_account", f"sum({rows}) FILTER (WHERE source = '{log}')")
        for log, rows, figure in (
            ("query_log", "rows_used", "count_if(response_rank = 0)"),
            ("query_log", "rows_duplicate", "sum(n_duplicate_queries)"),
            ("response_log", "rows_used", "count(response_id)"),
            ("response_log", "rows_duplicate", "sum(n_duplicate_responses)"),
            ("pin_log", "rows_used", "sum(pin_count)"),
            ("pin_log", "rows_duplicate", "sum(n_duplicate_pins)"),
        )
    ),
    checks={
        "pin_count_matches": "pin_count = size(pins)",
        "viewed_within_shown": "viewed_pin_count BETWEEN 0 AND pin_count",
    },
)
