"""What a budget of labels is expected to give, before any label is bought."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY, SEGMENT, SEGMENT_VALUE
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

KINDS = {
    "configured": "the design's sample size and the configured rungs",
    "budget": "a multiple of the configured budget",
    "wanted_error": "the smallest multiple under which this policy and measure reach the wanted relative error",
    "wanted_error_all": "the smallest multiple under which every policy and measure does",
    "best_split": "the money spent on the rungs so that errors are smallest",
}

TABLE = TableSpec(
    name="sample_plans",
    grain="one plan x policy x measure x segment of one design, made from the day's scores",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("kind", "string", "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items())),
        ColumnSpec("scenario", "string", "Which of that kind, for example `x2` or `relative_error 0.1`"),
        POLICY,
        MEASURE,
        SEGMENT,
        SEGMENT_VALUE,
        ColumnSpec("n_llm", "double", "Units to expect on the rung; null if it is not in use", is_nullable=True),
        ColumnSpec("n_human", "double", "Units to expect on the rung; null if it is not in use", is_nullable=True),
        ColumnSpec("n_gold", "double", "Units to expect on the rung; null if it is not in use", is_nullable=True),
        ColumnSpec(
            "cost",
            "double",
            "Price of these labels, in the currency; null without prices",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("currency", "string", "Unit of cost"),
        ColumnSpec("estimator", "string", "Estimator whose error it is"),
        ColumnSpec(
            "exposure_total", "double", "Denominator: units or views of the segment on the day", within=NOT_NEGATIVE
        ),
        ColumnSpec(
            "expected_prevalence",
            "double",
            "Share that violates by the scores and earlier labels, in [0, 1]",
            within=SHARE,
        ),
        ColumnSpec(
            "expected_std_error",
            "double",
            "Standard error to expect, by the scores and earlier days",
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "expected_relative_error",
            "double",
            "expected_std_error / expected_prevalence",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "scores_std_error",
            "double",
            "Standard error if the day's scores were right, earlier days left out: what plan_checks compares; "
            "configured plans only",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "variance_degrees_of_freedom",
            "double",
            "2 / the squared coefficient of variation of the realised variance; configured plans only",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "variance_skewness", "double", "Skewness of the realised variance; configured plans only", is_nullable=True
        ),
        ColumnSpec(
            "smallest_change_day",
            "double",
            "Relative change from day to day that would be seen",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "smallest_change_week",
            "double",
            "Relative change from week to week that would be seen",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("has_score", "boolean", "Whether the day has scores of the policy; without, a prior stands in"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "kind", "scenario", "policy", "measure", "segment", "segment_value"),
    written_by=("plan_sample",),
    made_from=("unit_scores",),
    checks={
        "known_kind": "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS)),
        "error_is_not_negative": "expected_std_error >= 0",
    },
)
