"""Log rows of the stream whose unit is not built yet: ids of people hashed, texts as they are."""

from schemas.columns import DS, JOB_RUN_ID, QUERY_TEXT, RESPONSE_TEXT
from schemas.stream_account import BATCH_ID, SOURCE, STREAM_ID
from schemas.table_spec import ColumnSpec, TableSpec


def _text(name: str, comment: str, *, holds_content: bool = False) -> ColumnSpec:
    return ColumnSpec(name, "string", comment, is_nullable=True, holds_content=holds_content)


# What a row of each log keeps, under the names of the logs' contracts; null in rows of the other logs.
LOG_COLUMNS = (
    ColumnSpec("event_ts", "timestamp", "When it happened, UTC"),
    _text("query_id", "Query event"),
    _text("user_key", "Person as HMAC-SHA-256 of the user id"),
    _text("session_key", "Session as HMAC-SHA-256 of the session id"),
    _text("surface", "Product surface"),
    _text("country", "ISO 3166 country code"),
    _text("language", "ISO 639 language code"),
    _text("response_id", "Response event"),
    _text("model_version", "Model that answered"),
    ColumnSpec("platform_scores", "map<string,double>", "Scores that came with the log", is_nullable=True),
    _text("pin_id", "Pin"),
    ColumnSpec("slot", "int", "Position of the Pin on the page, from 0", is_nullable=True),
    ColumnSpec("viewed", "boolean", "Whether the Pin came into view", is_nullable=True),
    QUERY_TEXT,
    RESPONSE_TEXT,
    _text("image_signature", "Content hash of the image, hex", holds_content=True),
    _text("image_url", "Where the image is served", holds_content=True),
    _text("title", "Title of the Pin", holds_content=True),
)

TABLE = TableSpec(
    name="stream_waiting",
    grain="one usable log row that waits; those of the last finished batch count, others are what a kill left",
    columns=(DS, BATCH_ID, STREAM_ID, SOURCE, *LOG_COLUMNS, JOB_RUN_ID),
    key=(),
    written_by=("stream_sample",),
)
