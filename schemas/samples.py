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
from schemas.table_spec import ColumnSpec, TableSpec

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
        ColumnSpec("size_measure", "double", "Size measure of the main draw, > 0, stratum total about 1"),
        ColumnSpec("size_measures", "map<string,double>", "Draw to its size measure: `main`, and the design's boosts"),
        ColumnSpec("draws", "array<string>", "Draws that contain the unit"),
        ColumnSpec("inclusion_probability", "double", "Probability of being in the sample, in (0, 1]"),
        ColumnSpec("exposures", "map<string,double>", "Measure to how much of it the unit carries"),
        SCORES,
        COMPONENT_SCORES,
        ColumnSpec("segments", "map<string,string>", "Segment name to the unit's value"),
        SCORER_VERSION,
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "unit_id"),
    checks={
        "probability_in_range": "inclusion_probability > 0 AND inclusion_probability <= 1",
        "prn_in_range": "prn > 0 AND prn < 1",
    },
)
