"""Verdicts of labelers: append-only, idempotent by design, unit, policy, labeler and what it was shown.

Reasons in words are in `label_rationales`: verdicts stay, content expires.
"""

from schemas.columns import (
    DESIGN_ID,
    DS,
    JOB_RUN_ID,
    LABELER_ID,
    NO_VERDICT_REASON,
    POLICY,
    POLICY_VERSION,
    PROMPT_VERSION,
    RUNG,
    RUNG_PROBABILITY,
    UNIT_ID,
    VERDICT,
    VIOLATING_COMPONENTS,
)
from schemas.relations import Reference
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec, one_of

RUNGS = ("llm", "human", "gold")
COMPONENTS = ("query", "response", "image", "combination")
VERDICTS = ("violating", "not_violating", "cannot_tell")
# `first`: the verdict that every unit gets. `second`: the blind one of a double review, for agreement. `adjudication`:
# the expert's, after two that differ; it is final.
REVIEW_ROLES = ("first", "second", "adjudication")
NO_VERDICT_REASONS = ("cannot_tell", "refused", "filtered", "invalid_answer", "timed_out")

TABLE = TableSpec(
    name="labels",
    grain="one verdict of one labeler on one unit of one design's sample for one policy",
    columns=(
        DS,
        DESIGN_ID,
        UNIT_ID,
        POLICY,
        RUNG,
        LABELER_ID,
        ColumnSpec("review_role", "string", "first, second (blind double review) or adjudication"),
        VERDICT,
        NO_VERDICT_REASON,
        VIOLATING_COMPONENTS,
        ColumnSpec("severity", "string", "Level of the policy's severity scale; null if not asked", is_nullable=True),
        ColumnSpec("confidence", "double", "Labeler's own P(verdict is right) in [0, 1]", True, within=SHARE),
        ColumnSpec("injection_signs", "array<string>", "Signs that the content tries to instruct the labeler"),
        RUNG_PROBABILITY,
        POLICY_VERSION,
        PROMPT_VERSION,
        ColumnSpec("label_source", "string", "Kind of labeler: simulated, file, llm, review_queue"),
        ColumnSpec(
            "cost", "double", "Price of the label in planning.currency; null if not known", True, within=NOT_NEGATIVE
        ),
        ColumnSpec(
            "seconds", "double", "Time the labeler spent, seconds; null if not known", True, within=NOT_NEGATIVE
        ),
        ColumnSpec("labelled_at", "timestamp", "When the verdict was given, UTC"),
        JOB_RUN_ID,
    ),
    key=("design_id", "unit_id", "policy", "labeler_id", "policy_version", "prompt_version"),
    written_by=("label_sample", "import_review_labels"),
    made_from=("samples", "sample_content", "sampling_frame", "rung_samples"),
    # A sample that is drawn anew leaves labels of units that are in it no more: they stay, and are not counted.
    references=(Reference(("design_id", "unit_id"), "samples", is_strict=False),),
    checks={
        "known_verdict": one_of("verdict", VERDICTS),
        "known_rung": one_of("rung", RUNGS),
        "known_review_role": one_of("review_role", REVIEW_ROLES),
        "reason_without_verdict": f"(verdict = 'cannot_tell') = ({one_of('no_verdict_reason', NO_VERDICT_REASONS)} "
        "AND no_verdict_reason IS NOT NULL)",
        "rung_probability_in_range": "rung_probability > 0 AND rung_probability <= 1",
    },
)
