"""Verdicts of labelers: append-only, idempotent by unit, policy, labeler and prompt version."""

from schemas.columns import DS, JOB_RUN_ID, POLICY, UNIT_ID
from schemas.table_spec import ColumnSpec, TableSpec

RUNGS = ("llm", "human", "gold")
COMPONENTS = ("query", "response", "image", "combination")
VERDICTS = ("violating", "not_violating", "cannot_tell")

TABLE = TableSpec(
    name="labels",
    grain="one verdict of one labeler on one unit for one policy",
    columns=(
        DS,
        UNIT_ID,
        POLICY,
        ColumnSpec("rung", "string", "Rung of the label ladder: llm, human or gold"),
        ColumnSpec("labeler_id", "string", "Who gave the verdict"),
        ColumnSpec("verdict", "string", "violating, not_violating or cannot_tell; never guessed"),
        ColumnSpec(
            "violating_components", "array<string>", "query, response, image; combination if only all together violate"
        ),
        ColumnSpec("confidence", "double", "Labeler's own P(verdict is right) in [0, 1]", is_nullable=True),
        ColumnSpec("rung_probability", "double", "Probability q of reaching this rung from the one below, in (0, 1]"),
        ColumnSpec("policy_version", "string", "Version of the policy it was judged by"),
        ColumnSpec("prompt_version", "string", "Content hash of what the labeler was shown or configured with"),
        ColumnSpec("label_source", "string", "Kind of labeler: simulated, file, ..."),
        ColumnSpec("labelled_at", "timestamp", "When the verdict was given, UTC"),
        JOB_RUN_ID,
    ),
    key=("unit_id", "policy", "labeler_id", "prompt_version"),
    checks={
        "known_verdict": "verdict IN ({})".format(", ".join(f"'{verdict}'" for verdict in VERDICTS)),
        "known_rung": "rung IN ({})".format(", ".join(f"'{rung}'" for rung in RUNGS)),
        "rung_probability_in_range": "rung_probability > 0 AND rung_probability <= 1",
    },
)
