"""Content with expert verdicts: canaries for reviewers, the pinned anchor set, the ground on which prompts compete."""

from schemas.columns import (
    DS,
    JOB_RUN_ID,
    LANGUAGE,
    PINS,
    POLICY,
    POLICY_VERSION,
    QUERY_TEXT,
    RESPONSE_TEXT,
    SCORES,
    SURFACE,
    VIOLATING_COMPONENTS,
)
from schemas.labels import VERDICTS
from schemas.table_spec import ColumnSpec, TableSpec, one_of

SOURCES = ("gold_rung", "adjudication", "curated")

TABLE = TableSpec(
    name="golden_set",
    grain="one item and one policy with the experts' verdict; ds is the day on which it was added",
    columns=(
        DS,
        ColumnSpec("item_id", "string", "Golden item: the unit_id if it was sampled, else a content hash"),
        POLICY,
        POLICY_VERSION,
        ColumnSpec("verdict", "string", "Expert verdict: violating or not_violating"),
        VIOLATING_COMPONENTS,
        QUERY_TEXT,
        RESPONSE_TEXT,
        PINS,
        SURFACE,
        LANGUAGE,
        SCORES,
        ColumnSpec(
            "weight", "double", "1 / probability of being in the set, if it was sampled", True, within=(1.0, None)
        ),
        ColumnSpec("source", "string", "gold_rung (sampled), adjudication, or curated (chosen by hand, no weight)"),
        ColumnSpec("is_anchor", "boolean", "In the pinned anchor set that watches an LLM for drift"),
        JOB_RUN_ID,
    ),
    key=("item_id", "policy", "policy_version"),
    written_by=("build_golden_set",),
    checks={
        "expert_is_sure": one_of("verdict", VERDICTS[:2]),
        "known_source": one_of("source", SOURCES),
        "positive_weight": "weight IS NULL OR weight >= 1",
    },
)
