"""The numbers as they stand: held until a release decides. What was shown, for good: `released_prevalence`."""

from schemas.columns import COMPONENT, DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY, SEGMENT, SEGMENT_VALUE
from schemas.relations import Reference
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

PERIODS = ("day", "week", "quarter", "all")

TABLE = TableSpec(
    name="prevalence",
    grain="one period x policy x measure x segment and component x estimator; ds is the period's last day with data",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec(
            "period", "string", "day, week (Monday to Sunday), quarter (calendar) or all (every day in the warehouse)"
        ),
        ColumnSpec("period_start", "date", "First day of the period with data"),
        ColumnSpec("period_end", "date", "Last day of the period with data"),
        ColumnSpec("n_days", "int", "Days with data in the period", within=(1.0, None)),
        POLICY,
        MEASURE,
        SEGMENT,
        SEGMENT_VALUE,
        COMPONENT,
        ColumnSpec("estimator", "string", "horvitz_thompson, hajek, difference or regression"),
        ColumnSpec(
            "prevalence",
            "double",
            "Estimated share that violates, in [0, 1]; of a number that is not_yet_released a working figure, not "
            "to be shown; null if a release holds it",
            is_nullable=True,
            within=SHARE,
        ),
        ColumnSpec("std_error", "double", "Standard error of prevalence", is_nullable=True, within=NOT_NEGATIVE),
        ColumnSpec("ci_low", "double", "Lower limit", is_nullable=True, within=SHARE),
        ColumnSpec("ci_high", "double", "Upper limit", is_nullable=True, within=SHARE),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the interval, in (0, 1)", within=SHARE),
        ColumnSpec("ci_method", "string", "Interval method"),
        ColumnSpec("population_size", "bigint", "Units in the segment and period", within=NOT_NEGATIVE),
        ColumnSpec(
            "exposure_total", "double", "Denominator: units or views in the segment and period", within=NOT_NEGATIVE
        ),
        ColumnSpec("n_llm", "bigint", "Units with an LLM verdict"),
        ColumnSpec("n_human", "bigint", "Units with a human verdict"),
        ColumnSpec("n_gold", "bigint", "Units with an expert gold verdict"),
        ColumnSpec("n_positive", "bigint", "Violating units by the first rung's verdict"),
        ColumnSpec(
            "n_positive_highest_rung",
            "bigint",
            "Violating units by the highest rung's verdict; with fewer than ten the interval can be far too short",
        ),
        ColumnSpec(
            "effective_sample_size",
            "double",
            "prevalence (1 - prevalence) / variance",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "missing_label_rate",
            "double",
            "Share of the sample's weight without a usable verdict, in [0, 1]: on the rung where it is largest",
            within=SHARE,
        ),
        ColumnSpec(
            "share_of_violating",
            "double",
            "Of the exposure in violation the share that names the component, in [0, 1]; null for component unit",
            is_nullable=True,
            within=SHARE,
        ),
        ColumnSpec(
            "share_std_error", "double", "Standard error of share_of_violating", is_nullable=True, within=NOT_NEGATIVE
        ),
        ColumnSpec("share_ci_low", "double", "Lower limit of share_of_violating", is_nullable=True, within=SHARE),
        ColumnSpec("share_ci_high", "double", "Upper limit of share_of_violating", is_nullable=True, within=SHARE),
        ColumnSpec("label_sources", "array<string>", "Kinds of labeler behind the number"),
        ColumnSpec("status", "string", "released or held: as the last release decided; held before there is one"),
        ColumnSpec("hold_reasons", "array<string>", "Why it is held; empty if released"),
        ColumnSpec("warnings", "array<string>", "Gates that it broke and that only warn; empty if none"),
        ColumnSpec("release_id", "string", "Release that decided; null before a release", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id", "period"),
    key=(
        "design_id",
        "period",
        "period_start",
        "policy",
        "measure",
        "segment",
        "segment_value",
        "component",
        "estimator",
    ),
    written_by=("estimate_prevalence", "release_metrics"),
    made_from=("prevalence_moments",),
    is_daily=True,
    references=(Reference(("design_id", "release_id"), "releases", is_same_day=False),),
    checks={
        "known_period": "period IN ({})".format(", ".join(f"'{period}'" for period in PERIODS)),
        "known_status": "status IN ('released', 'held')",
        "interval_holds_estimate": "status = 'held' OR (ci_low <= prevalence AND prevalence <= ci_high)",
    },
)
