"""The plan of a sample beside what came of it."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

KINDS = ("realised_error", "validation_arm")
STATUSES = {
    "as_planned": "within what chance allows",
    "blind_spot_suspected": "the realised error is above it: violations carry scores that are too low",
    "arms_disagree": "units drawn by exposure alone give another prevalence: probabilities are not the ones used",
    "not_checked": "see reason",
}

TABLE = TableSpec(
    name="plan_checks",
    grain="one check x period x policy x measure of one design; ds is the last day of the period",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("kind", "string", "realised_error: standard errors; validation_arm: prevalences by two sub-samples"),
        ColumnSpec("period", "string", "day or week"),
        ColumnSpec("period_start", "date", "First day of the period with data"),
        ColumnSpec("period_end", "date", "Last day of the period with data"),
        POLICY,
        MEASURE,
        ColumnSpec(
            "planned",
            "double",
            "Planned standard error; or prevalence by the whole sample",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "realised",
            "double",
            "Realised standard error; or prevalence by the arm",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("ratio", "double", "realised / planned", is_nullable=True, within=NOT_NEGATIVE),
        ColumnSpec(
            "degrees_of_freedom",
            "double",
            "Of the realised variance, in effective violations",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec(
            "p_value",
            "double",
            "Chance of such a ratio if the plan is right, in [0, 1]",
            is_nullable=True,
            within=SHARE,
        ),
        ColumnSpec(
            "alarm_limit",
            "double",
            "p_value below which it is an alarm: the significance over the checks of the kind and period",
            is_nullable=True,
            within=SHARE,
        ),
        ColumnSpec("status", "string", "; ".join(f"{status}: {meaning}" for status, meaning in STATUSES.items())),
        ColumnSpec("reason", "string", "Why it was not checked", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "kind", "period", "policy", "measure"),
    written_by=("plan_sample",),
    made_from=("prevalence_moments",),
    checks={
        "known_kind": "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS)),
        "known_status": "status IN ({})".format(", ".join(f"'{status}'" for status in STATUSES)),
    },
)
