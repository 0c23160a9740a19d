"""Which news of which alert is still to be told to which channel, and how attempts went."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lib.monitoring.notification.channels import Channel, Send, attempt
from lib.monitoring.notification.messages import message_of
from schemas.contracts.alert_names import CHANNEL_FAMILY
from schemas.contracts.monitoring_settings import NotificationSettings

Row = Mapping[str, Any]
Record = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, eq=False)
class Errand:
    """One piece of news for one channel, and the number of the attempt."""

    row: Row
    channel: Channel
    attempt: int


def errands(
    alerts: Iterable[Row],
    deliveries: Sequence[Row],
    channels: Sequence[Channel],
    *,
    newest_ds: date,
    now: datetime,
    settings: NotificationSettings,
) -> list[Errand]:
    """What is still to be told, oldest news first.

    Of each alert its latest change of state counts, if that is how it stands: what days that were monitored again say
    of the past is not news. It is told to every channel once; what failed is tried again by the next run, up to
    `settings.maximum_attempts`; what is older than `settings.maximum_age_days` is not told at all.

    Args:
        alerts: rows of `alerts`, all days
        deliveries: rows of `alert_deliveries`
        channels: whom to tell
        newest_ds: the last day that was monitored
        now: time of the run, UTC
        settings: limits

    Returns:
        the errands

    """
    tried: dict[tuple[Any, ...], list[str]] = {}
    for delivery in deliveries:
        tried.setdefault(_news(delivery, delivery["channel"]), []).append(delivery["status"])
    wanted = []
    for row in sorted(_latest_news(alerts, newest_ds), key=lambda row: (row["ds"], row["alert_id"])):
        age = (now.date() - row["ds"]).days
        if settings.maximum_age_days is not None and age > settings.maximum_age_days:
            continue
        for channel in channels:
            statuses = tried.get(_news(row, channel.name), [])
            is_itself = row["family"] == CHANNEL_FAMILY and row["segment_value"] == channel.name
            if not is_itself and "sent" not in statuses and len(statuses) < settings.maximum_attempts:
                wanted.append(Errand(row, channel, len(statuses) + 1))
    return wanted


def run_errands(
    wanted: Iterable[Errand],
    *,
    send: Send,
    record: Record,
    now: Callable[[], datetime],
    settings: NotificationSettings,
) -> list[dict[str, Any]]:
    """Run the errands one by one; `record` keeps each outcome at once, so that a run that is killed repeats none.

    Killed between the channel's answer and the record, one message is sent twice: it names the alert and its day.
    A channel that did not answer in time is left alone for the rest of the run. Returns the rows of
    `alert_deliveries`, except job_run_id.
    """
    outcomes: list[dict[str, Any]] = []
    silent: set[str] = set()
    for errand in wanted:
        if errand.channel.name in silent:
            continue
        message = message_of(errand.row, dashboard_link=settings.dashboard_link)
        fault = attempt(errand.channel, message, send=send, timeout_seconds=settings.timeout_seconds)
        if fault == "timed_out":
            silent.add(errand.channel.name)
        outcome = {
            "ds": errand.row["ds"],
            "design_id": errand.row["design_id"],
            "alert_id": errand.row["alert_id"],
            "transition": errand.row["transition"],
            "channel": errand.channel.name,
            "attempt": errand.attempt,
            "status": "failed" if fault else "sent",
            "fault": fault,
            "attempted_at": now(),
        }
        record(outcome)
        outcomes.append(outcome)
    return outcomes


def _latest_news(alerts: Iterable[Row], newest_ds: date) -> list[Row]:
    """Per alert its last row with a change of state, if the alert still stands so."""
    by_alert: dict[str, list[Row]] = {}
    for row in alerts:
        by_alert.setdefault(row["alert_id"], []).append(row)
    news = []
    for rows in by_alert.values():
        in_order = sorted(rows, key=lambda row: row["ds"])
        changes = [row for row in in_order if row["transition"] != "none"]
        last = in_order[-1]
        is_current = last["state"] != "open" or last["ds"] == newest_ds
        if changes and changes[-1]["state"] == last["state"] and is_current:
            news.append(changes[-1])
    return news


def _news(row: Row, channel: str) -> tuple[Any, ...]:
    return row["alert_id"], row["ds"], row["transition"], channel
