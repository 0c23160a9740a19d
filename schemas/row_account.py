"""The account of every log: rows in = used + duplicates + quarantined."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.relations import Total
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec

TABLE = TableSpec(
    name="row_account",
    grain="one log of one day",
    columns=(
        DS,
        ColumnSpec("source", "string", "query_log, response_log or pin_log"),
        ColumnSpec("rows_in", "bigint", "Rows in the log's partition", within=NOT_NEGATIVE),
        ColumnSpec("rows_used", "bigint", "Rows that became part of a unit", within=NOT_NEGATIVE),
        ColumnSpec("rows_duplicate", "bigint", "Further deliveries of used rows", within=NOT_NEGATIVE),
        ColumnSpec("rows_quarantined", "bigint", "Rows in quarantine", within=NOT_NEGATIVE),
        JOB_RUN_ID,
    ),
    key=("source",),
    written_by=("build_interaction_units",),
    made_from=("query_log", "response_log", "pin_log"),
    is_daily=True,
    # A log that was delivered anew after its units were built shows here.
    totals=tuple(
        Total(f"{log} rows_in", f"sum(rows_in) FILTER (WHERE source = '{log}')", log, "count(1)")
        for log in ("query_log", "response_log", "pin_log")
    ),
    checks={"balanced": "rows_in = rows_used + rows_duplicate + rows_quarantined"},
)
