"""Stores a day's alerts and tells people: each piece of news once a channel, and what the channels themselves do."""

from collections.abc import Sequence
from typing import Any

from lib.monitoring.day_monitor import DayMonitor, last_rows
from lib.monitoring.notification.channel_alerts import channel_alert_rows
from lib.monitoring.notification.channels import Channel, Send, channels_of, send_with_apprise
from lib.monitoring.notification.deliveries import errands, run_errands
from lib.run_context import RunContext
from lib.storage import Commit
from schemas import alert_deliveries, alerts
from schemas.contracts.alert_names import CHANNEL_FAMILY

Rows = list[dict[str, Any]]


class Teller:
    """Tells about the alerts of one day of one design; `send` sends a message to an address."""

    def __init__(self, monitor: DayMonitor, run_context: RunContext, *, send: Send = send_with_apprise) -> None:
        self._monitor, self._run_context, self._send = monitor, run_context, send
        self._settings = monitor.settings.monitoring.notifications
        self._channels = channels_of(self._settings.channels, run_context.environment)

    def store_and_tell(self, rows: Sequence[dict[str, Any]]) -> list[Commit]:
        """Write the day's `rows` of alerts, tell people what is news, and write what became of the channels.

        The alerts are stored first: a run that is killed tells what is left when it runs again, or the next day. A
        channel that failed is left to the next run.
        """
        of_channels = self._rows_of_channels(is_day=True)
        commits = [self._store([*rows, *of_channels])]
        if not self._channels:
            return commits
        failed = self._tell([*rows, *of_channels], self._channels)
        now_of_channels = self._channel_rows()
        if now_of_channels != of_channels:
            commits[0] = self._store([*rows, *now_of_channels])
            self._tell([*rows, *now_of_channels], [known for known in self._channels if known.name not in failed])
        return commits

    def _tell(self, rows: Rows, channels: Sequence[Channel]) -> set[str]:
        """Tell `channels` of the day's `rows` and whatever earlier runs have left untold; returns those that failed."""
        monitor = self._monitor
        earlier = [row for row in monitor.alert_rows if row["ds"] != monitor.ds]
        wanted = errands(
            [*earlier, *({"ds": monitor.ds} | row for row in rows)],
            monitor.deliveries(),
            channels,
            newest_ds=monitor.last_monitored_ds(),
            now=self._run_context.now(),
            settings=self._settings,
        )
        outcomes = run_errands(
            wanted, send=self._send, record=self._record, now=self._run_context.now, settings=self._settings
        )
        return {outcome["channel"] for outcome in outcomes if outcome["status"] == "failed"}

    def _record(self, outcome: dict[str, Any]) -> None:
        storage = self._monitor.storage
        row = self._run_context.stamp(storage.rows(alert_deliveries.TABLE, [outcome]))
        storage.append_new(alert_deliveries.TABLE, row, ds=outcome["ds"])

    def _store(self, rows: Rows) -> Commit:
        monitor = self._monitor
        frame = self._run_context.stamp(monitor.storage.rows(alerts.TABLE, rows))
        return monitor.storage.replace_day(alerts.TABLE, frame, monitor.ds, design_id=monitor.design_id)

    def _rows_of_channels(self, *, is_day: bool) -> Rows:
        """Alerts on channels: the day's rows without those columns that a run stamps, or the rows of earlier days."""
        monitor = self._monitor
        rows = [row for row in monitor.alert_rows if row["family"] == CHANNEL_FAMILY]
        if not is_day:
            return [row for row in rows if row["ds"] < monitor.ds]
        of_day = [row for row in rows if row["ds"] == monitor.ds]
        return [{name: value for name, value in row.items() if name not in ("ds", "job_run_id")} for row in of_day]

    def _channel_rows(self) -> Rows:
        monitor = self._monitor
        return channel_alert_rows(
            monitor.deliveries(),
            last_rows(self._rows_of_channels(is_day=False)),
            self._rows_of_channels(is_day=True),
            monitor.actions,
            names=[channel.name for channel in self._channels],
            ds=monitor.ds,
            design_id=monitor.design_id,
            now=self._run_context.now(),
        )
