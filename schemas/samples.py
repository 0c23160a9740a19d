"""Sampled units with their inclusion probability; what they say and show is in `sample_content`."""

from schemas.columns import (
    COMPONENT_SCORES,
    DESIGN_ID,
    DS,
    JOB_RUN_ID,
    SCORER_VERSION,
    SCORES,
    STRATUM,
    UNIT_ID,
    USER_KEY,
)
from schemas.relations import Reference
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec

TABLE = TableSpec(
    name="samples",
    grain="one sampled unit of one design",
    columns=(
        DS,
        DESIGN_ID,
        UNIT_ID,
        USER_KEY,
        STRATUM,
        ColumnSpec("prn", "double", "Permanent random number in (0, 1): a hash of seed and unit_id, or user_key"),
        ColumnSpec(
            "size_measure", "double", "Size measure of the main draw, > 0, stratum total about 1", within=NOT_NEGATIVE
        ),
        ColumnSpec(
            "size_measures",
            "map<string,double>",
            "Draw to its size measure: `main`, and the design's boosts",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("draws", "array<string>", "Draws that contain the unit"),
        ColumnSpec("inclusion_probability", "double", "Probability of being in the sample, in (0, 1]"),
        ColumnSpec(
            "exposures", "map<string,double>", "Measure to how much of it the unit carries", within=NOT_NEGATIVE
        ),
        SCORES,
        COMPONENT_SCORES,
        ColumnSpec("segments", "map<string,string>", "Segment name to the unit's value"),
        SCORER_VERSION,
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "unit_id"),
    written_by=("draw_sample",),
    made_from=("unit_scores", "interaction_units"),
    is_daily=True,
    # A streamed sample, which stream_sample adds under a design of its own, is there before the day's units and frame.
    references=(
        Reference(("unit_id",), "interaction_units", may_come_first=True),
        Reference(("design_id", "stratum"), "sampling_frame", may_come_first=True),
    ),
    checks={
        "probability_in_range": "inclusion_probability > 0 AND inclusion_probability <= 1",
        "prn_in_range": "prn > 0 AND prn < 1",
    },
)
