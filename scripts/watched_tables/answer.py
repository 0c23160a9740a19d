"""What watching the series of a table has shown."""

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

from lib.monitoring.detection.readings import KnownBreak, Reading, stream_block
from lib.monitoring.detection.sequence_rows import sequence_rows
from lib.monitoring.detection.watch import watch
from lib.monitoring.incidents.findings import Findings
from lib.monitoring.incidents.incident import incidents_of
from schemas.contracts.monitoring_settings import Family, MonitoringSettings

_OF_STREAM = (
    "phase", "level", "level_low", "level_high", "log_evidence_rise", "log_evidence_fall", "log_threshold",
)  # fmt: skip
_OF_EVIDENCE = (
    "before", "before_low", "before_high", "after", "after_low", "after_high", "ratio", "ratio_low", "ratio_high",
    "log_evidence",
)  # fmt: skip


def answer(readings: Sequence[Reading], *, breaks: Sequence[date], settings: MonitoringSettings) -> dict[str, Any]:
    """The streams as they stand on the last day, and every alert of their history, as plain values."""
    last_ds = max(reading.ds for reading in readings)
    known = [KnownBreak(day, frozenset(get_args(Family)), None, "--break") for day in breaks]
    keys, block = stream_block(readings, last_ds=last_ds, breaks=known, settings=settings)
    findings = Findings(keys, block, watch(block, settings), settings.confidence_level)
    rows = sequence_rows(keys, block, findings.watched, first=last_ds, confidence=settings.confidence_level)
    n_days = {key: sum(reading.key == key for reading in readings) for key in keys}
    streams = [
        {"stream": key.policy, "n_days": n_days[key]} | {name: row[name] for name in _OF_STREAM}
        for key, row in zip(keys, rows, strict=True)
    ]
    return {"streams": streams, "alerts": _alerts(findings, settings)}


def _alerts(findings: Findings, settings: MonitoringSettings) -> list[dict[str, Any]]:
    alerts = []
    for incident in incidents_of(findings.changes(), reopen_days=settings.reopen_days):
        said = findings.described(incident)
        outcome = None if incident.closed is None else incident.last_change.episode.outcome
        alerts.append(
            {
                "streams": sorted({change.key.policy for change in incident.changes}),
                "direction": incident.identity[2],
                "kind": said["kind"],
                "opened": f"{incident.opened}",
                "began": f"{said['began_date']}",
                "began_earliest": f"{said['began_earliest_date']}",
                "began_latest": f"{said['began_latest_date']}",
                "closed": None if incident.closed is None else f"{incident.closed}",
                "resolution": outcome,
                **{name: said["evidence"][name] for name in _OF_EVIDENCE},
            }
        )
    return alerts
