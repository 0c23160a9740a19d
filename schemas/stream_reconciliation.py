"""A day's stream held against the nightly batch: what it missed, and what it saw otherwise."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec

_BY_LOG = "map<string,bigint>"

TABLE = TableSpec(
    name="stream_reconciliation",
    grain="one streamed design on one day",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("rows_logged", _BY_LOG, "Log to its rows in the nightly batch"),
        ColumnSpec("rows_arrived", _BY_LOG, "Log to the rows that the stream took in"),
        ColumnSpec("rows_late", _BY_LOG, "Log to the rows among them that came too late for it"),
        ColumnSpec("rows_waiting", _BY_LOG, "Log to the rows that were still waiting: their day never closed"),
        ColumnSpec("n_units", "bigint", "Units of the nightly batch"),
        ColumnSpec("n_units_alike", "bigint", "Of them, units that the stream built with as many Pins and views"),
        ColumnSpec("n_units_changed", "bigint", "Of them, units that it built with others: Pins came late"),
        ColumnSpec("n_units_missed", "bigint", "Of them, units that it did not build"),
        ColumnSpec("n_units_undone", "bigint", "Units of the stream alone: a response came late to a query without"),
        ColumnSpec("n_units_not_covered", "bigint", "Units of the stream whose stratum its frame did not know"),
        ColumnSpec("n_sampled", "bigint", "Units sampled by the stream"),
        ColumnSpec("n_sampled_by_batch", "bigint", "Units sampled by the nightly batch"),
        ColumnSpec("n_sampled_by_both", "bigint", "Units sampled by both: their early labels are the final ones'"),
        JOB_RUN_ID,
    ),
    key=("design_id",),
    written_by=("reconcile_stream",),
    checks={"every_unit_once": "n_units = n_units_alike + n_units_changed + n_units_missed"},
)
