"""When content was removed, from where, and how much: no content, nobody's id."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec, one_of

EXPIRED, ERASED = "expired", "erased"
# The first row of a run, before anything is removed: from then on a day that is built again gets no content back.
ANNOUNCED = "announced"

TABLE = TableSpec(
    name="content_removals",
    grain="one place that one run has cleared of content, its old versions and files too; ds is the day of the run",
    columns=(
        DS,
        ColumnSpec("kind", "string", "expired (content of whole days) or erased (one person's)"),
        ColumnSpec("place", "string", "Table, review_queue_files, llm_batch_files, evaluation_files; or `announced`"),
        ColumnSpec("removed_until", "date", "Last day whose content was removed"),
        ColumnSpec("n_removed", "bigint", "Rows or files from which this run removed content"),
        ColumnSpec("removed_at", "timestamp", "When the place was clear, UTC"),
        JOB_RUN_ID,
    ),
    key=("kind", "place", "job_run_id"),
    written_by=("expire_content", "erase_user"),
    checks={"known_kind": one_of("kind", (EXPIRED, ERASED)), "a_number": "n_removed >= 0"},
)
