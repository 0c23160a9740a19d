"""How good each labeler is: its verdicts beside those of a reference, weighted by the design."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID, POLICY, RUNG
from schemas.labels import RUNGS
from schemas.table_spec import AT_MOST_ONE, NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec, one_of

ALL = "all"
REFERENCES = {
    "human": "the verdict that counts on the human rung",
    "gold": "the verdict that counts on the gold rung",
    "second_review": "the other verdict of a blind double review",
    "canary": "experts' verdicts on golden items hidden in the review queue, not weighted",
    "anchor": "experts' verdicts on the pinned anchor set, latest answers, not weighted",
}


def _rate(name: str, meaning: str) -> tuple[ColumnSpec, ...]:
    return (
        ColumnSpec(name, "double", f"{meaning}; null: not known", True, within=AT_MOST_ONE),
        ColumnSpec(
            f"{name}_std_error", "double", f"Standard error of {name}, by linearisation", True, within=NOT_NEGATIVE
        ),
        ColumnSpec(f"{name}_ci_low", "double", f"Lower limit of {name}", is_nullable=True),
        ColumnSpec(f"{name}_ci_high", "double", f"Upper limit of {name}", is_nullable=True),
    )


TABLE = TableSpec(
    name="labeler_quality",
    grain="one labeler x policy x reference over the window that ends on ds",
    columns=(
        DS,
        DESIGN_ID,
        RUNG,
        ColumnSpec("labeler_id", "string", "Who gave the verdicts; `all`: the verdicts that count on the rung"),
        ColumnSpec("prompt_version", "string", "What an LLM was shown; `all` for other labelers and for whole rungs"),
        POLICY,
        ColumnSpec("reference", "string", "; ".join(f"{name}: {meaning}" for name, meaning in REFERENCES.items())),
        ColumnSpec(
            "is_best_reference",
            "boolean",
            "The highest rung above with enough verdicts of both kinds: the row to read if only one is read",
        ),
        ColumnSpec("window_start", "date", "First day of the window"),
        ColumnSpec("window_end", "date", "Last day of the window, ds"),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the intervals, in (0, 1)", within=SHARE),
        ColumnSpec("n", "bigint", "Units with a verdict of both", within=NOT_NEGATIVE),
        ColumnSpec(
            "weighted_n", "double", "Units of the population that these stand for: sum of 1 / P", within=NOT_NEGATIVE
        ),
        ColumnSpec("n_positive", "bigint", "Of n, violating by the reference"),
        ColumnSpec("n_negative", "bigint", "Of n, not violating by the reference"),
        ColumnSpec("n_no_verdict", "bigint", "Units that the labeler was asked and could not tell"),
        ColumnSpec("n_no_reference", "bigint", "Units drawn to the reference without a verdict there: weighted for"),
        *_rate("sensitivity", "P(labelled violating | violating by the reference) in [0, 1]"),
        *_rate("specificity", "P(labelled not violating | not violating by the reference) in [0, 1]"),
        *_rate("precision", "P(violating by the reference | labelled violating) in [0, 1]"),
        *_rate("agreement", "P(same verdict) in [0, 1]; canary and anchor: accuracy"),
        *_rate("kappa", "Cohen's kappa, at most 1"),
        *_rate("alpha", "Krippendorff's nominal alpha, at most 1"),
        ColumnSpec("no_estimate_reason", "string", "Why kappa or alpha, or its limits, are null", is_nullable=True),
        ColumnSpec(
            "dawid_skene_sensitivity", "double", "Sensitivity by Dawid-Skene, without a reference", is_nullable=True
        ),
        ColumnSpec(
            "dawid_skene_specificity", "double", "Specificity by Dawid-Skene, without a reference", is_nullable=True
        ),
        ColumnSpec(
            "dawid_skene_is_converged",
            "boolean",
            "Whether its iterations came to rest; null: not run",
            is_nullable=True,
        ),
        ColumnSpec("drift_n", "bigint", "anchor: items judged now and at first", True, within=NOT_NEGATIVE),
        ColumnSpec("drift_first_ds", "date", "anchor: earliest day of the first verdicts", is_nullable=True),
        ColumnSpec("drift_change", "double", "anchor: accuracy now less accuracy at first", is_nullable=True),
        ColumnSpec("drift_ci_low", "double", "Lower limit of drift_change", is_nullable=True),
        ColumnSpec("drift_ci_high", "double", "Upper limit of drift_change", is_nullable=True),
        ColumnSpec("drift_flip_rate", "double", "anchor: share of items whose verdict changed", True, within=SHARE),
        ColumnSpec(
            "drift_p_value",
            "double",
            "anchor: chance of changes as one-sided as these, in accuracy or in the share called violating",
            is_nullable=True,
        ),
        ColumnSpec("drift_alarm_limit", "double", "p-value below which it is an alarm", is_nullable=True),
        ColumnSpec("is_drifting", "boolean", "Whether it is an alarm; null: not an anchor row", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "rung", "labeler_id", "prompt_version", "policy", "reference"),
    written_by=("calibrate_labelers",),
    made_from=("samples", "rung_samples", "labels"),
    checks={
        "known_rung": one_of("rung", RUNGS),
        "known_reference": one_of("reference", tuple(REFERENCES)),
        "rates_in_range": "coalesce(sensitivity, 0) BETWEEN 0 AND 1 AND coalesce(specificity, 0) BETWEEN 0 AND 1 "
        "AND coalesce(precision, 0) BETWEEN 0 AND 1",
    },
)
