"""How well the golden set resembles what is measured, and what to add to it."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, POLICY
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec, one_of

ASPECTS = {
    "score": "bins of the policy's calibrated score",
    "semantics": "clusters of hashed words of the texts",
    "language": "language of the unit",
}
ITEM_CLASSES = {
    "all": "golden items beside all sampled units, weighted by 1 / P",
    "violating": "violating golden items beside sampled units labelled violating",
    "not_violating": "the same of those that do not violate",
}
GAP_TYPE = (
    "struct<bin:string,population_share:double,golden_share:double,n_golden:bigint,n_wanted:bigint,"
    "example_unit_ids:array<string>>"
)

TABLE = TableSpec(
    name="golden_coverage",
    grain="one policy x aspect x class of items over the window that ends on ds",
    columns=(
        DS,
        DESIGN_ID,
        POLICY,
        ColumnSpec("aspect", "string", "; ".join(f"{name}: {meaning}" for name, meaning in ASPECTS.items())),
        ColumnSpec("item_class", "string", "; ".join(f"{name}: {meaning}" for name, meaning in ITEM_CLASSES.items())),
        ColumnSpec("window_start", "date", "First day of sampled units"),
        ColumnSpec("window_end", "date", "Last day of sampled units, ds"),
        ColumnSpec("n_units", "bigint", "Sampled units compared"),
        ColumnSpec("effective_n_units", "double", "Their effective number, (sum w)^2 / sum w^2", within=NOT_NEGATIVE),
        ColumnSpec("n_golden", "bigint", "Golden items compared"),
        ColumnSpec("n_bins", "bigint", "Bins, clusters or languages"),
        ColumnSpec(
            "divergence",
            "double",
            "Jensen-Shannon divergence, bits in [0, 1]; null: nothing to compare",
            is_nullable=True,
        ),
        ColumnSpec("expected_divergence", "double", "Its mean if both were drawn alike", True, within=SHARE),
        ColumnSpec("divergence_limit", "double", "Its upper quantile if both were drawn alike", True, within=SHARE),
        ColumnSpec("p_value", "double", "Chance of as much divergence if both were drawn alike", True, within=SHARE),
        ColumnSpec("is_like_population", "boolean", "Whether divergence is within the limit", is_nullable=True),
        ColumnSpec("n_wanted", "bigint", "Golden items to add in all, over gaps"),
        ColumnSpec(
            "gaps", f"array<{GAP_TYPE}>", "Bins with too few golden items, what to add, and units that would do"
        ),
        ColumnSpec("reason", "string", "Why there is no divergence", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "policy", "aspect", "item_class"),
    written_by=("calibrate_labelers",),
    made_from=("samples", "rung_samples", "labels"),
    checks={
        "known_aspect": one_of("aspect", tuple(ASPECTS)),
        "known_item_class": one_of("item_class", tuple(ITEM_CLASSES)),
        "divergence_in_range": "divergence IS NULL OR (divergence >= 0 AND divergence <= 1)",
    },
)
