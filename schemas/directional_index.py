"""Which way prevalence goes between labelled days, from scores alone: directions, never levels."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY, SEGMENT, SEGMENT_VALUE
from schemas.table_spec import SHARE, ColumnSpec, TableSpec, one_of

DIRECTIONS = {
    "up": "the mean score has risen by more than monitoring.index.flat_band since the reference",
    "down": "it has fallen by more than that",
    "flat": "it has done neither",
    "unknown": "there is no labelled day to go from",
}

TABLE = TableSpec(
    name="directional_index",
    grain="one policy x measure x segment on one day that has scores",
    columns=(
        DS,
        DESIGN_ID,
        POLICY,
        MEASURE,
        SEGMENT,
        SEGMENT_VALUE,
        ColumnSpec("is_directional", "boolean", "Always true: it says which way, it is no estimate of prevalence"),
        ColumnSpec(
            "mean_score", "double", "Calibrated score per unit of exposure, over the whole population", within=SHARE
        ),
        ColumnSpec("is_labelled", "boolean", "Whether a number of the day itself was released"),
        ColumnSpec("reference_start", "date", "First labelled day it is compared with", is_nullable=True),
        ColumnSpec("reference_end", "date", "Last labelled day it is compared with", is_nullable=True),
        ColumnSpec("change", "double", "mean_score over that of the reference, less 1", True, within=(-1.0, None)),
        ColumnSpec("direction", "string", "; ".join(f"{name}: {meaning}" for name, meaning in DIRECTIONS.items())),
        ColumnSpec("n_compared", "bigint", "Back-test: pairs of blocks of days in which index and labels both moved"),
        ColumnSpec("n_right", "bigint", "Back-test: of them, those in which both went the same way"),
        ColumnSpec("share_right", "double", "n_right / n_compared; null without a pair", True, within=SHARE),
        ColumnSpec("share_right_low", "double", "Lower limit of share_right", True, within=SHARE),
        ColumnSpec("share_right_high", "double", "Upper limit of share_right", True, within=SHARE),
        ColumnSpec("n_sure", "bigint", "Back-test: pairs in which the labelled change was beyond its error"),
        ColumnSpec("n_sure_right", "bigint", "Back-test: of them, those in which the index went the same way"),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the limits, in (0, 1)", within=SHARE),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "policy", "measure", "segment", "segment_value"),
    written_by=("monitor",),
    made_from=("stream_readings", "released_prevalence", "releases"),
    checks={"known_direction": one_of("direction", tuple(DIRECTIONS)), "is_marked": "is_directional"},
)
