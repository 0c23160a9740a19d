"""What scorers and labelers make of hard cases written to mislead them; never part of an estimate."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import NOT_NEGATIVE, SHARE, ColumnSpec, TableSpec, one_of

SUBJECT_KINDS = ("scorer", "labeler")
OUTCOMES = ("found", "missed", "cleared", "false_alarm", "no_verdict")
ALL = "all"
_CHANGE = "struct<before:double,after:double,difference:double,ci_low:double,ci_high:double,n_cases:bigint>"

TABLE = TableSpec(
    name="probe_results",
    grain="one scorer or labeler version on the probes of one policy and tactic; `all` for all of them",
    columns=(
        DS,
        ColumnSpec("probe_set_version", "string", "Content hash of all cases of the probe set"),
        ColumnSpec("subject_kind", "string", "scorer or labeler"),
        ColumnSpec("subject_id", "string", "Labeler id, or `scorer`"),
        ColumnSpec("subject_version", "string", "Prompt version of the labeler, or version of the scorer"),
        ColumnSpec("policy", "string", "Policy that the probes are about; `all` for every policy"),
        ColumnSpec("tactic", "string", "How the probes hide or imitate harm; `all` for every tactic"),
        ColumnSpec("n_violating", "bigint", "Violating probes with an answer"),
        ColumnSpec("n_found", "bigint", "Of them called violating (labeler), or among the suspects (scorer)"),
        ColumnSpec(
            "recall", "double", "n_found / n_violating; null without such probes", is_nullable=True, within=SHARE
        ),
        ColumnSpec("recall_ci_low", "double", "Lower limit of recall, Clopper-Pearson", is_nullable=True, within=SHARE),
        ColumnSpec("recall_ci_high", "double", "Upper limit of recall", is_nullable=True, within=SHARE),
        ColumnSpec("n_benign", "bigint", "Probes that do not violate, with an answer"),
        ColumnSpec("n_false_alarms", "bigint", "Of them called violating, or among the suspects"),
        ColumnSpec(
            "false_alarm_rate", "double", "n_false_alarms / n_benign; null without such", is_nullable=True, within=SHARE
        ),
        ColumnSpec("false_alarm_ci_low", "double", "Lower limit of false_alarm_rate", is_nullable=True, within=SHARE),
        ColumnSpec("false_alarm_ci_high", "double", "Upper limit of false_alarm_rate", is_nullable=True, within=SHARE),
        ColumnSpec("n_no_verdict", "bigint", "Final non-answers; neither found nor a false alarm"),
        ColumnSpec("n_not_labelled", "bigint", "Probes without an answer yet; left out of every rate"),
        ColumnSpec(
            "suspect_share",
            "double",
            "Scorer: a probe is found if its score lies above all but this share of the day's units, which the size "
            "measure favours; null for a labeler",
            is_nullable=True,
            within=SHARE,
        ),
        ColumnSpec(
            "sampling_gain",
            "double",
            "Scorer: mean √(score (1 - score)) of violating probes over that of the day's units, how many times as "
            "likely they are drawn at equal exposure (uniform share aside); null for a labeler",
            is_nullable=True,
            within=NOT_NEGATIVE,
        ),
        ColumnSpec("previous_version", "string", "The subject's version before this one", is_nullable=True),
        ColumnSpec("previous_ds", "date", "Day on which that one was last probed", is_nullable=True),
        ColumnSpec("recall_change", _CHANGE, "Since previous_version, same probes, paired", is_nullable=True),
        ColumnSpec("false_alarm_change", _CHANGE, "Since previous_version, same probes, paired", is_nullable=True),
        ColumnSpec("outcomes", "map<string,string>", f"Case id to outcome: {', '.join(OUTCOMES)}"),
        ColumnSpec("confidence_level", "double", "Nominal coverage of the intervals, in (0, 1)", within=SHARE),
        JOB_RUN_ID,
    ),
    key=("probe_set_version", "subject_id", "subject_version", "policy", "tactic"),
    written_by=("probe_labelers",),
    checks={
        "known_subject_kind": one_of("subject_kind", SUBJECT_KINDS),
        "found_within_violating": "n_found BETWEEN 0 AND n_violating",
        "alarms_within_benign": "n_false_alarms BETWEEN 0 AND n_benign",
    },
)
