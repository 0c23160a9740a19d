"""What labelers said about golden items: canaries, anchors, prompt comparisons; never part of an estimate."""

from schemas.columns import (
    DS,
    JOB_RUN_ID,
    LABELER_ID,
    NO_VERDICT_REASON,
    POLICY,
    POLICY_VERSION,
    PROMPT_VERSION,
    RUNG,
    VERDICT,
    VIOLATING_COMPONENTS,
)
from schemas.labels import RUNGS, VERDICTS
from schemas.relations import Reference
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec, one_of

PURPOSES = ("canary", "anchor", "evaluation")

TABLE = TableSpec(
    name="golden_verdicts",
    grain="one verdict of one labeler on one golden item for one policy, on one day and for one purpose",
    columns=(
        DS,
        ColumnSpec("item_id", "string", "Golden item, see golden_set"),
        POLICY,
        RUNG,
        LABELER_ID,
        ColumnSpec("purpose", "string", "canary (hidden in a review queue), anchor (drift), evaluation (of a prompt)"),
        VERDICT,
        NO_VERDICT_REASON,
        VIOLATING_COMPONENTS,
        ColumnSpec("confidence", "double", "Labeler's own P(verdict is right) in [0, 1]", True, within=SHARE),
        POLICY_VERSION,
        PROMPT_VERSION,
        ColumnSpec(
            "cost", "double", "Price of the label in planning.currency; null if not known", True, within=NOT_NEGATIVE
        ),
        ColumnSpec("labelled_at", "timestamp", "When the verdict was given, UTC"),
        JOB_RUN_ID,
    ),
    key=("item_id", "policy", "labeler_id", "purpose", "policy_version", "prompt_version"),
    written_by=("label_golden_set", "evaluate_prompt", "import_review_labels"),
    # Curated items may be taken out of the set after they were judged.
    references=(Reference(("item_id",), "golden_set", is_same_day=False, is_strict=False),),
    checks={
        "known_verdict": one_of("verdict", VERDICTS),
        "known_rung": one_of("rung", RUNGS),
        "known_purpose": one_of("purpose", PURPOSES),
    },
)
