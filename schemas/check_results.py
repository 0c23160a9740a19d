"""Results of the data checks that run at the boundaries of tables; a failed one holds the numbers of its day."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec, one_of

SEVERITIES = ("fail", "warn")

TABLE = TableSpec(
    name="check_results",
    grain="one check of one table on one day",
    columns=(
        DS,
        ColumnSpec("table_name", "string", "Table that was checked"),
        ColumnSpec("check_name", "string", "What was checked"),
        ColumnSpec("severity", "string", "fail: holds the numbers of the day; warn: is recorded"),
        ColumnSpec("is_passed", "boolean", "Whether the check passed"),
        JOB_RUN_ID,
    ),
    key=("table_name", "check_name"),
    checks={"known_severity": one_of("severity", SEVERITIES)},
)
