"""Releases: what each one read, in which versions and with which content, so that it can be recomputed."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="releases",
    grain="one release: the decision on all numbers whose period contains a day, from one state of the tables",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec(
            "release_id", "string", "The day and a hash of inputs_hash and the release before: equal inputs, equal id"
        ),
        ColumnSpec("previous_release_id", "string", "The day's release before; null if none", is_nullable=True),
        ColumnSpec("released_at", "timestamp", "When it was decided, UTC"),
        ColumnSpec("inputs_hash", "string", "SHA-256 of fingerprints, settings, policies, design and code"),
        ColumnSpec("table_versions", "map<string,bigint>", "Table to the Delta version that was read"),
        ColumnSpec(
            "fingerprints",
            "map<string,string>",
            "Table to number of rows and content hash of the rows that were read; ids of runs left out",
        ),
        ColumnSpec("settings", "string", "The resolved settings, JSON; credentials left out"),
        ColumnSpec("settings_hash", "string", "SHA-256 of the settings that numbers depend on"),
        ColumnSpec("policies", "map<string,string>", "Policy to its version and content hash"),
        ColumnSpec("design_hash", "string", "SHA-256 of the design's conf file"),
        ColumnSpec("prompt_versions", "array<string>", "Prompt versions of the day's labels"),
        ColumnSpec("code_version", "string", "Version that the environment names, and content hash of the code"),
        ColumnSpec("n_released", "bigint", "Numbers released"),
        ColumnSpec("n_held", "bigint", "Numbers held"),
        ColumnSpec("n_restated", "bigint", "Numbers that had been shown otherwise before"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("release_id",),
    written_by=("release_metrics",),
    made_from=(
        "samples",
        "sampling_frame",
        "rung_samples",
        "labels",
        "prevalence_moments",
        "row_account",
        "labeler_quality",
        "plan_checks",
    ),
    is_daily=True,
)
