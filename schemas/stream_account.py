"""What became of every log row that the stream took in, batch by batch; a batch is done when its rows are here."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec, one_of

STREAM_ID = ColumnSpec("stream_id", "string", "The stream, by the id in its checkpoint")
BATCH_ID = ColumnSpec("batch_id", "bigint", "Micro-batch of the stream, from 0", within=NOT_NEGATIVE)
SOURCE = ColumnSpec("source", "string", "query_log, response_log or pin_log")

TABLE = TableSpec(
    name="stream_account",
    grain="the rows of one log of one day in one batch",
    columns=(
        DS,
        STREAM_ID,
        BATCH_ID,
        SOURCE,
        ColumnSpec("n_waited", "bigint", "Rows that were waiting when the batch began"),
        ColumnSpec("n_arrived", "bigint", "Rows that came with it"),
        ColumnSpec("n_used", "bigint", "Rows that became part of a unit"),
        ColumnSpec("n_duplicate", "bigint", "Further deliveries of used rows"),
        ColumnSpec("n_quarantined", "bigint", "Rows that cannot be used; the nightly batch puts them in quarantine"),
        ColumnSpec(
            "n_late",
            "bigint",
            "Rows whose day or unit was closed, or whose parent had not come when their time was over; the nightly "
            "batch uses them",
        ),
        ColumnSpec("n_waiting", "bigint", "Rows that go on waiting"),
        ColumnSpec(
            "newest_event_at", "timestamp", "Newest time of a usable row that arrived, UTC, not after the clock's", True
        ),
        ColumnSpec("watermark", "timestamp", "Queries up to this time are closed, UTC; null: none is yet", True),
        JOB_RUN_ID,
    ),
    key=("stream_id", "batch_id", "source"),
    written_by=("stream_sample",),
    checks={
        "balanced": "n_waited + n_arrived = n_used + n_duplicate + n_quarantined + n_late + n_waiting",
        "known_source": one_of("source", ("query_log", "response_log", "pin_log")),
    },
)
