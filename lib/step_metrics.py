"""A step's metrics as a file for Prometheus' textfile collector: what it did, and when it last succeeded.

One file per step, replaced as a whole after every run. Labels are names of the program's own: steps, tables, states.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from lib.error_sentence import error_sentence
from lib.progress import EXIT_STATES, StepReport
from lib.whole_files import inside, write_whole
from schemas import quarantine

LAST_SUCCESS: Final = "plumbline_step_last_success_timestamp_seconds"
NEWEST_DAY: Final = "plumbline_step_newest_day_timestamp_seconds"
_CARRIED: Final = (LAST_SUCCESS, NEWEST_DAY)
METRICS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "plumbline_step_duration_seconds": ("Seconds that the last run took, with its data checks", ()),
    "plumbline_step_last_run_timestamp_seconds": ("When the last run ended, however it did", ()),
    LAST_SUCCESS: ("When a run last succeeded", ()),
    NEWEST_DAY: ("Begin of the newest day that a run succeeded on; a back-fill of older days does not lower it", ()),
    "plumbline_step_exit_state": ("1 for how the last run ended, 0 for the other ways", ("state",)),
    "plumbline_step_rows_read": ("Rows of the day in the tables that the step's rows come from", ("table",)),
    "plumbline_step_rows_written": ("Rows that the last run wrote", ("table",)),
    "plumbline_step_quarantined_rows": ("Input records of the day that could not be used", ()),
    "plumbline_step_checks": ("Data checks around the last run that did not pass", ("outcome",)),
    "plumbline_step_numbers": ("Numbers that the last run decided on", ("status",)),
}
"""Name to meaning and labels beside `step`."""


def publish_step_metrics(folder: str | None, report: StepReport) -> None:
    """Replace the step's file in `folder`, if there is one; whatever prevents it is logged and stops nothing."""
    if folder is None:
        return
    try:
        path = inside(Path(folder), f"plumbline_{report.step}.prom")
        write_whole(path, step_metrics(report, before=_carried(path)))
    # The day's tables are written: no full disk, no missing right, no fault of ours here may undo the run.
    except Exception as error:
        structlog.get_logger().warning(
            f"Metrics of step {report.step} could not be written to {folder}: {error_sentence(error)}. The step is not "
            "affected; mend the folder or operations.metrics_folder.",
            kind="metrics_not_written",
        )


def step_metrics(report: StepReport, *, before: Mapping[str, float]) -> str:
    """The metrics in Prometheus' text format; `before` are those of _CARRIED that the last file had."""
    registry, context = CollectorRegistry(), report.run_context
    gauges = {n: Gauge(n, text, ("step", *labels), registry=registry) for n, (text, labels) in METRICS.items()}

    def put(name: str, value: float, *labels: str) -> None:
        gauges[name].labels(report.step, *labels).set(value)

    now, day = context.now().timestamp(), datetime(*context.ds.timetuple()[:3], tzinfo=UTC).timestamp()
    put("plumbline_step_duration_seconds", report.seconds)
    put("plumbline_step_last_run_timestamp_seconds", now)
    carried = dict(before)
    if report.state == "succeeded":
        carried = {LAST_SUCCESS: now, NEWEST_DAY: max(day, before.get(NEWEST_DAY, day))}
    for name, value in carried.items():
        put(name, value)
    for state in EXIT_STATES:
        put("plumbline_step_exit_state", float(state == report.state), state)
    for table, n_rows in context.findings.rows_read.items():
        put("plumbline_step_rows_read", n_rows, table)
    for table, n_rows in report.rows_written().items():
        put("plumbline_step_rows_written", n_rows, table)
        if table == quarantine.TABLE.name:
            put("plumbline_step_quarantined_rows", n_rows)
    for figure, n in context.findings.figures.items():
        of_what, _, label = figure.partition("_")
        put(f"plumbline_step_{of_what}", n, label)
    return generate_latest(registry).decode("utf-8")


def _carried(path: Path) -> dict[str, float]:
    """What an earlier run left in `path` that a failed one must not take away; nothing if it cannot be read."""
    try:
        families = list(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
    return {s.name: float(s.value) for family in families for s in family.samples if s.name in _CARRIED}
