"""Daily readings of the streams behind the numbers: labelers, scores, volume, losses of the join."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec, one_of

FAMILIES = {
    "prevalence": "released prevalence of a day",
    "index_gap": "released prevalence over the label-free index",
    "labeler": "error rates and disagreement of a rung or a labeler on one day",
    "score": "mean calibrated score over the whole population: the label-free index",
    "volume": "units and views of a day",
    "join_loss": "share of a log's rows that found no unit",
}
# Of these each day keeps its own; the first two follow from released numbers at any time.
STORED = ("labeler", "score", "volume", "join_loss")

FAMILY = ColumnSpec("family", "string", "; ".join(f"{name}: {meaning}" for name, meaning in FAMILIES.items()))
STREAM = (
    FAMILY,
    ColumnSpec("policy", "string", "Policy id; `all` for streams of no single policy"),
    ColumnSpec(
        "measure",
        "string",
        "What is measured: units, views, false_negative_rate, false_positive_rate, disagreement, anchor_errors or rows",
    ),
    ColumnSpec("segment", "string", "Segment name, `rung`, `labeler` or `source`; `all` for everything"),
    ColumnSpec("segment_value", "string", "Value of the segment; `all` for everything"),
)
STREAM_KEY = tuple(column.name for column in STREAM)

TABLE = TableSpec(
    name="stream_readings",
    grain="one stream on one day",
    columns=(
        DS,
        DESIGN_ID,
        *STREAM,
        ColumnSpec("value", "double", "What was measured, >= 0, in the stream's own unit", within=NOT_NEGATIVE),
        ColumnSpec(
            "std_error",
            "double",
            "Standard error of value; 0 for what is known of the whole population",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "one_event",
            "double",
            "What one event would stand for; null: as the standard error says",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", *STREAM_KEY),
    written_by=("monitor",),
    made_from=("sampling_frame", "row_account", "samples", "rung_samples", "labels"),
    is_daily=True,
    checks={"stored_family": one_of("family", STORED), "not_negative": "value >= 0 AND std_error >= 0"},
)
