"""Every number as a release decided on it, for good: a held one has no figures, so nobody can show them."""

from dataclasses import replace

from schemas import prevalence
from schemas.columns import DS, JOB_RUN_ID
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec

FIGURES = (
    "prevalence",
    "std_error",
    "ci_low",
    "ci_high",
    "effective_sample_size",
    "share_of_violating",
    "share_std_error",
    "share_ci_low",
    "share_ci_high",
)
# Numbers of units found violating, of which a held number can be guessed.
FINDINGS = ("n_positive", "n_positive_highest_rung")
# What is the same number: the same thing measured over the same span of days.
NUMBER = (
    "design_id", "period", "period_start", "period_end", "policy", "measure", "segment", "segment_value", "component",
    "estimator",
)  # fmt: skip

_OF_THE_RUN = ("ds", "release_id", "job_run_id")

TABLE = TableSpec(
    name="released_prevalence",
    grain="one release x number (period x policy x measure x segment and component x estimator); ds is the release's",
    columns=(
        DS,
        ColumnSpec("release_id", "string", "Release that decided; see `releases`"),
        ColumnSpec("released_at", "timestamp", "When it decided, UTC; of several decisions the latest counts"),
        *(
            replace(column, is_nullable=column.is_nullable or column.name in FINDINGS)
            for column in prevalence.TABLE.columns
            if column.name not in _OF_THE_RUN
        ),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("release_id", *NUMBER),
    written_by=("release_metrics",),
    made_from=("prevalence_moments",),
    # A release that was killed before its row in `releases` leaves rows behind that nobody reads.
    references=(Reference(("design_id", "release_id"), "releases", is_strict=False),),
    checks={
        "known_status": "status IN ('released', 'held')",
        "held_has_no_figures": "status = 'released' OR coalesce({}) IS NULL".format(", ".join((*FIGURES, *FINDINGS))),
        "held_has_reasons": "(status = 'released') = (size(hold_reasons) = 0)",
        "interval_holds_estimate": "status = 'held' OR (ci_low <= prevalence AND prevalence <= ci_high)",
    },
)
