"""What was expected of every watched stream, day by day, and the evidence that it has changed."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.stream_readings import STREAM, STREAM_KEY
from schemas.table_spec import NOT_NEGATIVE, ColumnSpec, Range, TableSpec, one_of

PHASES = {
    "warming_up": "too few values to be watched",
    "watched": "as expected, or not yet surely otherwise",
    "changed": "an alarm is open",
    "excluded": "a day that is not watched (monitoring.excluded_days)",
}


def _known_while_watched(name: str, meaning: str, within: Range | None = None) -> ColumnSpec:
    return ColumnSpec(name, "double", f"{meaning}; null while it warms up", is_nullable=True, within=within)


TABLE = TableSpec(
    name="monitoring_sequences",
    grain="one stream on one day; a run writes the days of monitoring.shown_days up to its own anew",
    columns=(
        DS,
        DESIGN_ID,
        *STREAM,
        ColumnSpec("value", "double", "What was measured; null without a number", True, within=NOT_NEGATIVE),
        ColumnSpec("std_error", "double", "Its standard error; null without a number", True, within=NOT_NEGATIVE),
        ColumnSpec("phase", "string", "; ".join(f"{name}: {meaning}" for name, meaning in PHASES.items())),
        _known_while_watched("expected", "What was expected of the day, with its day of the week, from earlier days"),
        _known_while_watched("expected_low", "Lower limit in which 95 % of healthy values lie"),
        _known_while_watched("expected_high", "Upper limit of these"),
        _known_while_watched("level", "Baseline, day of the week taken out"),
        _known_while_watched("level_low", "Lower limit of the baseline: a confidence sequence, holds on all days"),
        _known_while_watched("level_high", "Upper limit of the baseline"),
        _known_while_watched("log_evidence_rise", "Natural logarithm of the e-detector for a rise"),
        _known_while_watched("log_evidence_fall", "Natural logarithm of the e-detector for a fall"),
        ColumnSpec("log_threshold", "double", "Evidence that the stream alone needs for an alarm"),
        ColumnSpec("baseline_start", "date", "First day of the present baseline: after a break or a settled change"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", *STREAM_KEY),
    written_by=("monitor",),
    made_from=("stream_readings", "released_prevalence", "releases"),
    is_daily=True,
    checks={"known_phase": one_of("phase", tuple(PHASES))},
)
