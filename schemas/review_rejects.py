"""Answers of reviewers that were not taken, and why; the content they are about is not repeated."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec, one_of

REASONS = (
    "unreadable_record",
    "unknown_task",
    "wrong_prompt_version",
    "reviewer_missing",
    "unreadable_time",
    "expired",
    "wrong_policy",
    "missing_policy",
    "unknown_verdict",
    "violating_without_component",
    "component_without_violation",
    "unknown_component",
    "unknown_severity",
    "duplicate",
    "edited_after_import",
    "already_answered",
    "same_reviewer",
)

TABLE = TableSpec(
    name="review_rejects",
    grain="one fault of one answer in a file of answers; an answer with a fault is not taken at all",
    columns=(
        DS,
        ColumnSpec("reject_id", "string", "32 hex digits hashed from record, policy and reason: a fault is noted once"),
        ColumnSpec("file_name", "string", "File of the folder answers/ in which it was seen first"),
        ColumnSpec(
            "position",
            "int",
            "Record in the file, from 1: an annotation, or a row below the CSV header",
            within=(1.0, None),
        ),
        ColumnSpec("task_id", "string", "Task that the answer names, whether or not there is one", is_nullable=True),
        ColumnSpec("reviewer", "string", "Who answered", is_nullable=True),
        ColumnSpec("policy", "string", "Policy that the fault is about; `all` for the whole answer"),
        ColumnSpec("reason", "string", f"One of {', '.join(REASONS)}"),
        ColumnSpec("message", "string", "What is wrong and what to do about it; may quote a cell", holds_content=True),
        ColumnSpec(
            "record",
            "string",
            "The answer as JSON, without the content that was judged and without its note",
            holds_content=True,
        ),
        JOB_RUN_ID,
    ),
    key=("reject_id",),
    written_by=("import_review_labels",),
    checks={"known_reason": one_of("reason", REASONS)},
)
