"""Every unit that the stream built, sampled or not: ids and counts, no content, nobody's key."""

from schemas.columns import DS, JOB_RUN_ID, PIN_COUNT, UNIT_ID, VIEWED_PIN_COUNT
from schemas.stream_account import BATCH_ID, STREAM_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="stream_units",
    grain="one unit as the stream built it; the nightly batch may know more of it",
    columns=(
        DS,
        BATCH_ID,
        ColumnSpec("queried_at", "timestamp", "When the query was typed, UTC"),
        STREAM_ID,
        UNIT_ID,
        ColumnSpec("query_id", "string", "Query event"),
        ColumnSpec("response_id", "string", "Response event; null if there was none yet", is_nullable=True),
        PIN_COUNT,
        VIEWED_PIN_COUNT,
        ColumnSpec("is_covered", "boolean", "Whether its stratum is in the day's frame: if not, it was not sampled"),
        JOB_RUN_ID,
    ),
    key=("unit_id",),
    written_by=("stream_sample",),
)
