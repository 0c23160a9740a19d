"""Why labelers judged as they did, apart from their verdicts: a reason may quote content, and expires with it."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, LABELER_ID, POLICY, POLICY_VERSION, PROMPT_VERSION, UNIT_ID
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="label_rationales",
    grain="what stands behind one verdict in `labels`; there is no row if nothing does, or once it has expired",
    columns=(
        DS,
        DESIGN_ID,
        UNIT_ID,
        POLICY,
        LABELER_ID,
        POLICY_VERSION,
        PROMPT_VERSION,
        ColumnSpec(
            "content_hash", "string", "Content hash of the answer in `llm_answers`; null for people", is_nullable=True
        ),
        ColumnSpec(
            "rationale", "string", "Why, in the labeler's words; hostile text", is_nullable=True, holds_content=True
        ),
        JOB_RUN_ID,
    ),
    key=("design_id", "unit_id", "policy", "labeler_id", "policy_version", "prompt_version"),
    written_by=("label_sample", "import_review_labels"),
    made_from=("samples", "sample_content"),
    # A run that is killed between the two leaves reasons of verdicts that the next run gives anew.
    references=(Reference(("design_id", "unit_id", "policy", "labeler_id"), "labels", is_strict=False),),
)
