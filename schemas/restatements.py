"""Corrections: numbers that had been shown otherwise, with cause, old and new value."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.prevalence import TABLE as PREVALENCE
from schemas.relations import Reference
from schemas.released_prevalence import NUMBER
from schemas.table_spec import SHARE, ColumnSpec, TableSpec, one_of

CAUSES = {
    "corrected_configuration": "settings or design changed",
    "new_policy": "a policy's text changed",
    "new_code": "the program changed",
    "late_data": "the day's units were drawn or counted anew, or days of the period were added",
    "edited_labels": "labels that the earlier release read were changed or erased",
    "late_labels": "labels came in after the earlier release",
    "other_days": "moments of other days of the period changed",
    "gates": "the figures are the same, a gate decides otherwise",
}
KINDS = {
    "revised": "another value or interval",
    "withdrawn": "shown before, held now",
}

_FIGURES = ("prevalence", "ci_low", "ci_high")

TABLE = TableSpec(
    name="restatements",
    grain="one number that a release shows otherwise than the release that showed it last; ds is the release's day",
    columns=(
        DS,
        ColumnSpec("release_id", "string", "Release that restates"),
        ColumnSpec("restated_release_id", "string", "Release that showed the number last"),
        ColumnSpec("restated_at", "timestamp", "When, UTC"),
        *(column for column in PREVALENCE.columns if column.name in NUMBER),
        ColumnSpec("kind", "string", "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())),
        ColumnSpec("causes", "array<string>", "; ".join(f"{name}: {meaning}" for name, meaning in CAUSES.items())),
        ColumnSpec("cause_text", "string", "Why, in a person's words (release.restatement_cause)", is_nullable=True),
        *(ColumnSpec(f"old_{name}", "double", f"{name} as shown before", within=SHARE) for name in _FIGURES),
        *(
            ColumnSpec(f"new_{name}", "double", f"{name} as shown now; null if it is withdrawn", True, within=SHARE)
            for name in _FIGURES
        ),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("release_id", *NUMBER),
    written_by=("release_metrics",),
    made_from=("prevalence_moments",),
    # A release that was killed before its row in `releases` leaves rows behind that nobody reads.
    references=(Reference(("design_id", "release_id"), "releases", is_strict=False),),
    checks={"known_kind": one_of("kind", tuple(KINDS))},
)
