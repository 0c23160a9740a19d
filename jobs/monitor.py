"""Watch every released series and the streams behind it up to the day: what has changed, one alert per incident."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.monitoring.day_monitor import DayMonitor
from lib.monitoring.detection.sequence_rows import sequence_rows
from lib.monitoring.directional.index_rows import index_rows
from lib.monitoring.incidents.alert_history import alert_rows
from lib.monitoring.incidents.incident import incidents_of
from lib.monitoring.telling import Teller
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import alerts as alerts_contract
from schemas import directional_index, monitoring_sequences, sampling_frame, stream_readings
from schemas.contracts.settings import Settings

STEP = "monitor"
_WRITES = (stream_readings.TABLE, monitoring_sequences.TABLE, directional_index.TABLE, alerts_contract.TABLE)


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write stream_readings, directional_index and alerts of the day, and monitoring_sequences up to it; tell people.

    Everything is computed anew from the readings and from the numbers as they are released now.
    """
    storage = Storage(spark, settings.storage, writes=_WRITES)
    ds, watched = run_context.ds, settings.monitoring
    storage.require_day(sampling_frame.TABLE, ds)
    design_id = load_design(settings.sampling.design).design_id
    monitor = DayMonitor(storage, settings, [policy.id for policy in load_policies()], design_id, ds)

    rows = storage.rows(stream_readings.TABLE, monitor.day_readings())
    commits = [storage.replace_day(stream_readings.TABLE, run_context.stamp(rows), ds, design_id=design_id)]
    readings = monitor.readings()
    findings = monitor.findings(readings)
    incidents = incidents_of(findings.changes(), reopen_days=watched.reopen_days)
    alerts = alert_rows(
        incidents, monitor.history(), findings, design_id=design_id, settings=watched, now=run_context.now()
    )

    sequences = sequence_rows(
        findings.keys,
        findings.block,
        findings.watched,
        first=monitor.first_shown_ds,
        confidence=watched.confidence_level,
    )
    shown = storage.rows(monitoring_sequences.TABLE, [row | {"design_id": design_id} for row in sequences])
    owned = monitor.shown_days()
    commits.append(storage.replace(monitoring_sequences.TABLE, run_context.stamp(shown), where=owned))
    index = index_rows(readings, ds=ds, settings=watched.index, confidence=watched.confidence_level)
    directions = storage.rows(directional_index.TABLE, [row | {"design_id": design_id} for row in index])
    commits.append(storage.replace_day(directional_index.TABLE, run_context.stamp(directions), ds, design_id=design_id))
    for alert in alerts:
        if alert["transition"] != "none":
            structlog.get_logger().warning(f"{STEP} {ds}: alert {alert['transition']}: {alert['reason']}")
    return [*commits, *Teller(monitor, run_context).store_and_tell(monitor.with_causes(alerts))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
