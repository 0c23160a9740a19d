"""Additive moments of the label ladder: any roll-up is the sum of rows (names: schemas/contracts/moment_names.py)."""

from schemas.columns import COMPONENT, DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY, SEGMENT, SEGMENT_VALUE, STRATUM
from schemas.contracts.moment_names import (
    COUNT_COLUMNS,
    RESPONSE_SUMS,
    RUNG_VARIABLES,
    SUM_COLUMNS,
    TAIL_COUNTS,
    TAIL_SUMS,
    rung_column,
)
from schemas.relations import Reference
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec

_COMMENTS = {
    "population_size": "Units of the segment in the stratum",
    "exposure_total": "Known total of exposure x over the segment",
    "score_total": "Known total of exposure x score over the segment; 0 where has_score is false",
} | {
    rung_column(name, rung): f"Rung {rung}: {meaning}"
    for rung in RUNG_VARIABLES
    for name, meaning in (TAIL_SUMS | TAIL_COUNTS | RESPONSE_SUMS).items()
}

TABLE = TableSpec(
    name="prevalence_moments",
    grain="one day x stratum x policy x measure x segment and component of one design; components of segment all only",
    columns=(
        DS,
        DESIGN_ID,
        STRATUM,
        POLICY,
        MEASURE,
        SEGMENT,
        SEGMENT_VALUE,
        COMPONENT,
        ColumnSpec("rungs", "array<string>", "Rungs in use, lowest first"),
        ColumnSpec("has_score", "boolean", "Whether a score is known for the whole stratum"),
        *(
            ColumnSpec(name, "double", _COMMENTS.get(name, "Additive moment, see schemas/contracts/moment_names.py"))
            for name in SUM_COLUMNS
        ),
        *(
            ColumnSpec(name, "bigint", _COMMENTS.get(name, "Units of the rung: with a verdict, violating, without one"))
            for name in COUNT_COLUMNS
        ),
        ColumnSpec(
            "largest_weight",
            "double",
            "Largest exposure / P that the design allows on the last rung in use; rolls up by maximum",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("label_sources", "array<string>", "Kinds of labeler behind the rungs"),
        ColumnSpec("made_of", "string", "Content hash of the day's sample, frame, rungs, labels and of settings"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "stratum", "policy", "measure", "segment", "segment_value", "component"),
    written_by=("estimate_prevalence",),
    made_from=("samples", "sampling_frame", "rung_samples", "labels"),
    is_daily=True,
    references=(Reference(("design_id", "stratum"), "sampling_frame"),),
)
