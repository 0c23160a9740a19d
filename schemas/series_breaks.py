"""Documented breaks in the series: how much a change of policy or prompt alone moved the numbers."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, MEASURE, POLICY
from schemas.labels import RUNGS
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec

VERSION_KINDS = ("policy_version", "prompt_version")

TABLE = TableSpec(
    name="series_breaks",
    grain="one change of version of one policy x rung x measure; ds is the first day under the new version",
    columns=(
        DS,
        DESIGN_ID,
        POLICY,
        MEASURE,
        ColumnSpec("rung", "string", "Rung of the label ladder whose verdicts are compared: llm, human or gold"),
        ColumnSpec("version_kind", "string", "Column of labels that changed: policy_version or prompt_version"),
        ColumnSpec("old_version", "string", "Version before the break"),
        ColumnSpec("new_version", "string", "Version from ds on"),
        ColumnSpec("overlap_first_ds", "date", "First day with units labelled under both versions"),
        ColumnSpec("overlap_last_ds", "date", "Last day with units labelled under both versions"),
        ColumnSpec(
            "old_prevalence", "double", "Share of exposure that violates by the old version, in [0, 1]", within=SHARE
        ),
        ColumnSpec("new_prevalence", "double", "The same by the new version, on the same units", within=SHARE),
        ColumnSpec("shift", "double", "new_prevalence - old_prevalence"),
        ColumnSpec("std_error", "double", "Standard error of shift, for the days of the study", within=NOT_NEGATIVE),
        ColumnSpec(
            "process_std_error", "double", "Standard error of shift where it is used on other days", within=NOT_NEGATIVE
        ),
        ColumnSpec("ci_low", "double", "Lower limit of shift, for the days of the study"),
        ColumnSpec("ci_high", "double", "Upper limit of shift"),
        ColumnSpec("ratio", "double", "new / old prevalence; null if old is 0", is_nullable=True, within=NOT_NEGATIVE),
        ColumnSpec(
            "ratio_std_error",
            "double",
            "Standard error of ratio, days of the study",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("ratio_process_std_error", "double", "Standard error of ratio, other days", is_nullable=True),
        ColumnSpec("ratio_ci_low", "double", "Lower limit of ratio, >= 0"),
        ColumnSpec("ratio_ci_high", "double", "Upper limit of ratio; null if there is none", is_nullable=True),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the intervals, in (0, 1)", within=SHARE),
        ColumnSpec("n_units", "bigint", "Units with a usable verdict under both versions"),
        ColumnSpec("n_disagreeing", "bigint", "Of them with a different verdict"),
        ColumnSpec("n_to_violating", "bigint", "Of them violating under the new version only"),
        ColumnSpec("n_to_not_violating", "bigint", "Of them violating under the old version only"),
        ColumnSpec("n_missing", "bigint", "Units labelled under both without a usable verdict under at least one"),
        ColumnSpec("reason", "string", "What changed and why"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "policy", "measure", "rung", "version_kind", "old_version", "new_version"),
    written_by=("estimate_break",),
    checks={
        "known_rung": "rung IN ({})".format(", ".join(f"'{rung}'" for rung in RUNGS)),
        "known_version_kind": "version_kind IN ({})".format(", ".join(f"'{kind}'" for kind in VERSION_KINDS)),
        "interval_holds_shift": "ci_low <= shift AND shift <= ci_high",
        "is_a_change": "old_version <> new_version",
    },
)
