"""The certificate of a design: what its numbers and intervals are worth on a real frame, by drawing it many times."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY, SCORER_VERSION
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

SCENARIOS = {
    "calibrated": "a unit violates with the probability that its score says",
    "blind_spot": "the same number of violations, 15 % of them on any unit whatever its score",
    "over_confident": "a unit violates with a third of the probability that its score says",
}
STATUSES = {
    "passed": "within the limits",
    "failed": "see reasons",
    "not_judged": "too few violations, or none, to say anything; see reasons",
}

TABLE = TableSpec(
    name="design_audits",
    grain="one policy x measure x scenario of one design, audited on the day's sampling frame",
    columns=(
        DS,
        DESIGN_ID,
        POLICY,
        MEASURE,
        ColumnSpec("scenario", "string", "; ".join(f"{name}: {meaning}" for name, meaning in SCENARIOS.items())),
        ColumnSpec("status", "string", "; ".join(f"{status}: {meaning}" for status, meaning in STATUSES.items())),
        ColumnSpec("reasons", "array<string>", "Why it did not pass; empty if it did"),
        ColumnSpec("estimator", "string", "Estimator that was audited"),
        ColumnSpec("ci_method", "string", "Interval that was audited"),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the interval, in (0, 1)", within=SHARE),
        ColumnSpec("has_score", "boolean", "Whether the day has scores of the policy; without, a prior stands in"),
        ColumnSpec("rungs", "array<string>", "Label ladder, lowest rung first; the last one is taken for the truth"),
        ColumnSpec(
            "sensitivities",
            "map<string,double>",
            "Rung below the last to P(violating | the rung above is)",
            within=SHARE,
        ),
        ColumnSpec(
            "specificities", "map<string,double>", "Rung below the last to P(not violating | it is not)", within=SHARE
        ),
        ColumnSpec("population_size", "bigint", "Units of the frame", within=NOT_NEGATIVE),
        ColumnSpec("n_frame_units", "bigint", "Units that stand for the frame in the audit"),
        ColumnSpec("n_replicates", "bigint", "Samples drawn"),
        ColumnSpec(
            "prevalence", "double", "Share of exposure in violation in the audited population, the truth", within=SHARE
        ),
        ColumnSpec(
            "expected_labels", "double", "Units labelled on the last rung, mean", is_nullable=True, within=NOT_NEGATIVE
        ),
        ColumnSpec(
            "expected_positives", "double", "Violating ones of them, mean", is_nullable=True, within=NOT_NEGATIVE
        ),
        ColumnSpec("relative_bias", "double", "(mean estimate - prevalence) / prevalence", is_nullable=True),
        ColumnSpec("bias_in_simulation_errors", "double", "Bias over its simulation error", is_nullable=True),
        ColumnSpec("bias_in_std_errors", "double", "Bias over the estimate's standard deviation", is_nullable=True),
        ColumnSpec(
            "relative_std_error",
            "double",
            "Standard deviation of the estimate / prevalence",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "variance_ratio", "double", "Mean estimated variance / true variance", is_nullable=True, within=NOT_NEGATIVE
        ),
        ColumnSpec("coverage", "double", "Share of intervals that hold the truth", is_nullable=True, within=SHARE),
        ColumnSpec(
            "coverage_simulation_error", "double", "Standard error of coverage", is_nullable=True, within=NOT_NEGATIVE
        ),
        ColumnSpec("miss_low", "double", "Share of intervals that lie above the truth", is_nullable=True, within=SHARE),
        ColumnSpec(
            "miss_high", "double", "Share of intervals that lie below the truth", is_nullable=True, within=SHARE
        ),
        ColumnSpec(
            "width_to_wald",
            "double",
            "Mean width / mean width of estimate +- z x std error",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "gain",
            "double",
            "Variance of a simple random sample with as many labels of the last rung / that of the estimate",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        SCORER_VERSION,
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "policy", "measure", "scenario"),
    written_by=("audit_design",),
    made_from=("unit_scores",),
    checks={
        "known_scenario": "scenario IN ({})".format(", ".join(f"'{name}'" for name in SCENARIOS)),
        "known_status": "status IN ({})".format(", ".join(f"'{status}'" for status in STATUSES)),
        "coverage_is_a_share": "coverage IS NULL OR (coverage >= 0 AND coverage <= 1)",
    },
)
