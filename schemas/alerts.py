"""Changes that need a person: one alert per incident, one row for every day on which it is alive."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.contracts.alert_names import KINDS, RESOLUTIONS, STATES, TRANSITIONS
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, TableSpec, one_of

DRIVER_TYPE = (
    "struct<segment:string,segment_value:string,effect:double,rate_effect:double,rate_std_error:double,"
    "mix_effect:double,rate_before:double,rate_after:double,share_before:double,share_after:double>"
)
EVIDENCE_TYPE = (
    "struct<before:double,before_low:double,before_high:double,after:double,after_low:double,after_high:double,"
    "ratio:double,ratio_low:double,ratio_high:double,confidence_level:double,n_days_before:int,n_days_after:int,"
    "log_evidence:double,log_threshold:double,streams:array<string>,"
    f"drivers:array<{DRIVER_TYPE}>,unexplained:double,unit_ids:array<string>,changed_versions:array<string>>"
)

TABLE = TableSpec(
    name="alerts",
    grain="one alert on one day on which it is open or changes its state; its last row is how it stands",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("alert_id", "string", "Alert: 16 hex digits, the same on all of its days"),
        ColumnSpec("state", "string", "; ".join(f"{name}: {meaning}" for name, meaning in STATES.items())),
        ColumnSpec("transition", "string", "; ".join(f"{name}: {meaning}" for name, meaning in TRANSITIONS.items())),
        ColumnSpec("family", "string", "Family of the streams, see `stream_readings`, or `channel`"),
        ColumnSpec("policy", "string", "Policy id; `all` for streams of no single policy"),
        ColumnSpec("measure", "string", "Measure of the leading stream"),
        ColumnSpec("segment", "string", "Segment of the leading stream; `all` for everything"),
        ColumnSpec("segment_value", "string", "Value of the segment; `all` for everything"),
        ColumnSpec("kind", "string", "; ".join(f"{name}: {meaning}" for name, meaning in KINDS.items())),
        ColumnSpec("direction", "string", "rise or fall; none for a channel"),
        ColumnSpec("opened_at", "timestamp", "When a run raised it first, UTC"),
        ColumnSpec("opened_date", "date", "Day whose number raised it"),
        ColumnSpec("began_date", "date", "Day on which the change most likely began"),
        ColumnSpec("began_earliest_date", "date", "Earliest day on which it may have begun"),
        ColumnSpec("began_latest_date", "date", "Latest day on which it may have begun"),
        ColumnSpec("closed_date", "date", "Day on which it was over or withdrawn; null while open", is_nullable=True),
        ColumnSpec(
            "resolution",
            "string",
            "; ".join(f"{name}: {meaning}" for name, meaning in RESOLUTIONS.items()) + "; null while open or withdrawn",
            is_nullable=True,
        ),
        ColumnSpec("reason", "string", "Why its state is as it is, in one sentence"),
        ColumnSpec("n_reopened", "int", "How often it came back"),
        ColumnSpec(
            "is_kept_open", "boolean", "Whether it is open because a person opened it again, the numbers being back"
        ),
        ColumnSpec("told_ratio", "double", "after/before when its state was last told", True, within=NOT_NEGATIVE),
        ColumnSpec("told_date", "date", "Day on which its state was last told"),
        ColumnSpec(
            "evidence",
            EVIDENCE_TYPE,
            "Figures before and after with intervals, evidence and threshold (logarithms), streams concerned, segments "
            "that drive the change (rate_effect, mix_effect: parts of after - before), ids of violating sampled units "
            "to look at, versions that changed about its beginning; null for a channel",
            is_nullable=True,
        ),
        ColumnSpec("acknowledged_by", "string", "Who has taken it up; null: nobody", is_nullable=True),
        ColumnSpec("acknowledged_at", "timestamp", "When, UTC", is_nullable=True),
        ColumnSpec("note", "string", "The last note of a person", is_nullable=True),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "alert_id"),
    written_by=("monitor", "acknowledge_alert"),
    made_from=("stream_readings", "released_prevalence", "releases", "samples", "rung_samples", "labels"),
    checks={
        "known_state": one_of("state", tuple(STATES)),
        "known_transition": one_of("transition", tuple(TRANSITIONS)),
        "known_kind": one_of("kind", tuple(KINDS)),
        "known_direction": one_of("direction", ("rise", "fall", "none")),
        "closed_if_not_open": "(state = 'open') = (closed_date IS NULL)",
    },
)
