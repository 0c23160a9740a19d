"""Why labelers judged as they did, apart from their verdicts: a reason may quote content, and expires with it."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, LABELER_ID, POLICY, POLICY_VERSION, PROMPT_VERSION, UNIT_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="label_rationales",
    grain="the reason of one verdict in `labels`; there is no row if none was given, or once it has expired",
    columns=(
        DS,
        DESIGN_ID,
        UNIT_ID,
        POLICY,
        LABELER_ID,
        POLICY_VERSION,
        PROMPT_VERSION,
        ColumnSpec("rationale", "string", "Why, in the labeler's words; hostile text"),
        JOB_RUN_ID,
    ),
    key=("design_id", "unit_id", "policy", "labeler_id", "policy_version", "prompt_version"),
)
