"""Input: query events."""

from schemas.columns import DS, MALFORMED_FIELDS
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="query_log",
    grain="one delivery of a query event; at-least-once, so the same event may come twice",
    columns=(
        DS,
        ColumnSpec("query_id", "string", "Query event", is_nullable=True, is_expected=True),
        ColumnSpec("user_id", "string", "Person, in the clear; null when logged out", is_nullable=True),
        ColumnSpec("session_id", "string", "Session, in the clear", is_nullable=True),
        ColumnSpec("surface", "string", "Product surface", is_nullable=True, is_expected=True),
        ColumnSpec("country", "string", "ISO 3166 country code", is_nullable=True),
        ColumnSpec("language", "string", "ISO 639 language code", is_nullable=True),
        ColumnSpec("query_text", "string", "What the person typed", is_nullable=True),
        ColumnSpec("event_ts", "timestamp", "When it was typed, UTC", is_nullable=True, is_expected=True),
        MALFORMED_FIELDS,
    ),
    key=("query_id",),
    is_daily=True,
    is_traffic=True,
    event_time="event_ts",
)
