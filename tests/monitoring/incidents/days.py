"""Runs alerts day by day as the job does, on series without chance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lib.monitoring.detection.readings import KnownBreak, Reading, StreamKey, stream_block
from lib.monitoring.detection.stream_block import FloatArray
from lib.monitoring.detection.watch import watch
from lib.monitoring.incidents.alert_history import AlertHistory, alert_rows
from lib.monitoring.incidents.findings import Findings
from lib.monitoring.incidents.incident import incidents_of
from schemas.contracts.monitoring_settings import MonitoringSettings
from tests.monitoring.detection.blocks import ERROR, MONDAY, RATE

WHOLE = StreamKey("prevalence", "harassment", "units", "all", "all")
SEARCH = StreamKey("prevalence", "harassment", "units", "surface", "search")
Row = dict[str, Any]


def day(number: int) -> date:
    """The day `number` days after the first."""
    return MONDAY + timedelta(days=number)


@dataclass
class Days:
    """The alerts that days of monitoring leave behind."""

    settings: MonitoringSettings = field(default_factory=MonitoringSettings)
    rows: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)

    def run(
        self, series: Mapping[StreamKey, FloatArray], days: Iterable[int], *, breaks: Sequence[KnownBreak] = ()
    ) -> list[str]:
        """Monitor these days in turn; returns what happened: transition and day, quiet days left out."""
        readings = [
            Reading(key, day(n), float(value), ERROR * (float(value) / RATE) ** 0.5)
            for key, values in series.items()
            for n, value in enumerate(values)
        ]
        news = []
        for number in days:
            keys, block = stream_block(readings, last_ds=day(number), breaks=breaks, settings=self.settings)
            found = Findings(keys, block, watch(block, self.settings), 0.95)
            incidents = incidents_of(found.changes(), reopen_days=self.settings.reopen_days)
            history = AlertHistory(
                previous=_last([row for row in self.rows if row["ds"] < day(number)]),
                same_day=[row for row in self.rows if row["ds"] == day(number)],
                actions=self.actions,
            )
            now = datetime.combine(day(number), datetime.min.time(), tzinfo=UTC)
            rows = alert_rows(incidents, history, found, design_id="d", settings=self.settings, now=now)
            self.rows = [row for row in self.rows if row["ds"] != day(number)]
            self.rows += [row | {"ds": day(number)} for row in rows]
            news += [f"{row['transition']} {number}" for row in rows if row["transition"] != "none"]
        return news

    def act(self, action: str, number: int, *, by: str, note: str | None = None) -> None:
        """A person acts on the only alert there is."""
        (alert_id,) = {row["alert_id"] for row in self.rows}
        at = datetime.combine(day(number), datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
        self.actions.append(
            {"alert_id": alert_id, "action": action, "acted_by": by, "note": note, "acted_at": at, "ds": day(number)}
        )

    @property
    def last(self) -> Row:
        """The last row."""
        return self.rows[-1]


def _last(rows: Iterable[Row]) -> list[Row]:
    return list({row["alert_id"]: row for row in sorted(rows, key=lambda row: row["ds"])}.values())
