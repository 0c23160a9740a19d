"""The account of every log: rows in = used + duplicates + quarantined."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="row_account",
    grain="one log of one day",
    columns=(
        DS,
        ColumnSpec("source", "string", "query_log, response_log or pin_log"),
        ColumnSpec("rows_in", "bigint", "Rows in the log's partition"),
        ColumnSpec("rows_used", "bigint", "Rows that became part of a unit"),
        ColumnSpec("rows_duplicate", "bigint", "Further deliveries of used rows"),
        ColumnSpec("rows_quarantined", "bigint", "Rows in quarantine"),
        JOB_RUN_ID,
    ),
    key=("source",),
    checks={"balanced": "rows_in = rows_used + rows_duplicate + rows_quarantined"},
)
