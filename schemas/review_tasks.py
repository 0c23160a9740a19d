"""Tasks that were handed to reviewers: what each one is for, which no reviewer is told."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, PROMPT_VERSION, RUNG
from schemas.labels import REVIEW_ROLES, RUNGS
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec, one_of

PURPOSES = ("sample", "double_review", "canary", "attention")
PANELS = ("a", "b")

TABLE = TableSpec(
    name="review_tasks",
    grain="one task of a review queue: one unit or golden item, to be judged once by one person for all policies",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("task_id", "string", "32 hex digits hashed from seed, day, rung, purpose, role, and unit or item"),
        RUNG,
        ColumnSpec("queue", "string", "Queue by the content's language, the fallback queue, or the adjudicators'"),
        ColumnSpec(
            "panel",
            "string",
            "a or b: half of a queue's reviewers; first and second review of a unit are in different ones",
        ),
        ColumnSpec(
            "purpose",
            "string",
            "sample, double_review (second reviews and their adjudication), canary (golden item that tests the "
            "reviewer), attention (golden violation against fatigue, never part of an estimate)",
        ),
        ColumnSpec("unit_id", "string", "Sampled unit; null for a golden item", is_nullable=True),
        ColumnSpec("item_id", "string", "Golden item, see golden_set; null for a sampled unit", is_nullable=True),
        ColumnSpec("review_role", "string", "first, second (blind double review) or adjudication"),
        ColumnSpec(
            "selection_probability",
            "double",
            "Probability in (0, 1] with which a unit of the rung, or an item of the golden set, gets a task of this "
            "purpose; 1 for first reviews; null for attention",
            is_nullable=True,
        ),
        ColumnSpec(
            "rung_probability", "double", "Probability q of reaching the rung; null for a golden item", is_nullable=True
        ),
        ColumnSpec(
            "policies", "array<string>", "Policies whose verdict is kept; an adjudication decides the disputed ones"
        ),
        ColumnSpec("policy_versions", "map<string,string>", "Every policy that the task asks for, to its version"),
        PROMPT_VERSION,
        ColumnSpec("exported_at", "timestamp", "When the task was handed out, UTC"),
        ColumnSpec("expires_at", "timestamp", "When an answer is too late, UTC"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "task_id"),
    written_by=("export_review_queue",),
    made_from=("samples", "rung_samples"),
    # Tasks stay where a sample is drawn anew, or an item leaves the golden set.
    references=(
        Reference(("design_id", "unit_id"), "samples", is_strict=False),
        Reference(("item_id",), "golden_set", is_same_day=False, is_strict=False),
    ),
    checks={
        "known_rung": one_of("rung", RUNGS),
        "known_panel": one_of("panel", PANELS),
        "known_purpose": one_of("purpose", PURPOSES),
        "known_review_role": one_of("review_role", REVIEW_ROLES),
        "unit_or_item": "(unit_id IS NULL) <> (item_id IS NULL)",
        "probability_in_range": "selection_probability IS NULL OR "
        "(selection_probability > 0 AND selection_probability <= 1)",
    },
)
