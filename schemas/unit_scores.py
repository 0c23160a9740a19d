"""Scores of a unit, with the few columns that sampling needs, so that drawing reads no text and joins nothing."""

from schemas.columns import (
    COMPONENT_SCORES,
    COUNTRY,
    DS,
    JOB_RUN_ID,
    LANGUAGE,
    PIN_COUNT,
    SCORER_VERSION,
    SCORES,
    SURFACE,
    UNIT_ID,
    USER_KEY,
    VIEWED_PIN_COUNT,
)
from schemas.relations import Reference
from schemas.table_spec import TableSpec

TABLE = TableSpec(
    name="unit_scores",
    grain="one interaction unit",
    columns=(
        DS,
        UNIT_ID,
        USER_KEY,
        SURFACE,
        COUNTRY,
        LANGUAGE,
        PIN_COUNT,
        VIEWED_PIN_COUNT,
        SCORES,
        COMPONENT_SCORES,
        SCORER_VERSION,
        JOB_RUN_ID,
    ),
    key=("unit_id",),
    written_by=("score_units",),
    made_from=("interaction_units", "scorers"),
    is_daily=True,
    watched={"surface": "shares", "viewed_pin_count": "counts", "scores": "probabilities"},
    references=(Reference(("unit_id",), "interaction_units", is_row_for_row=True),),
    checks={
        # Delta re-prints a condition token by token and breaks lambda arrows, hence minimum and maximum.
        "scores_are_probabilities": "coalesce(array_min(map_values(scores)), 0) >= 0 "
        "AND coalesce(array_max(map_values(scores)), 0) <= 1"
    },
)
