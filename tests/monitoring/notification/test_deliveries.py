"""Each piece of news is told once a channel, whatever fails or is killed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.monitoring.notification.channel_alerts import channel_alert_rows
from lib.monitoring.notification.channels import Channel, attempt, channels_of, send_with_apprise
from lib.monitoring.notification.deliveries import errands, run_errands
from lib.monitoring.notification.messages import Message
from schemas.contracts.monitoring_settings import ChannelSettings, NotificationSettings
from tests.monitoring.notification.alerts import alert, day

TEAM, PAGER = Channel("team", "team://secret"), Channel("pager", "pager://secret")
SETTINGS = NotificationSettings(timeout_seconds=0.2, maximum_attempts=3)
Row = dict[str, Any]


@dataclass
class World:
    """Channels, of which some are dead, and what was sent and recorded."""

    dead: Sequence[str] = ()
    sent: list[tuple[str, str]] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)

    def send(self, url: str, message: Message) -> str | None:
        if url in self.dead:
            return "refused"
        self.sent.append((url, message.title))
        return None

    def run(self, alerts: Sequence[Row], *, newest: int, channels: Sequence[Channel] = (TEAM, PAGER)) -> list[Row]:
        now = datetime.combine(day(newest + 1), datetime.min.time(), tzinfo=UTC)
        wanted = errands(alerts, self.records, channels, newest_ds=day(newest), now=now, settings=SETTINGS)
        return run_errands(wanted, send=self.send, record=self.records.append, now=lambda: now, settings=SETTINGS)


def test_news_is_told_once_to_every_channel() -> None:
    world, alerts = World(), [alert(10)]
    world.run(alerts, newest=10)
    world.run(alerts, newest=10)
    assert [url for url, _ in world.sent] == ["team://secret", "pager://secret"]
    assert [(row["status"], row["attempt"], row["fault"]) for row in world.records] == [("sent", 1, None)] * 2
    assert "secret" not in repr(world.records)


def test_days_without_news_tell_nothing_and_each_change_of_state_is_news() -> None:
    world = World()
    history = [alert(10), alert(11, "none"), alert(12, "worsened"), alert(13, "resolved", "resolved")]
    for number in range(10, 14):
        world.run(history[: number - 9], newest=number, channels=[TEAM])
    assert [title.split(":")[0] for _, title in world.sent] == [
        "Plumbline, opened", "Plumbline, worsened", "Plumbline, resolved",
    ]  # fmt: skip


def test_a_dead_channel_blocks_no_other_and_is_tried_again_so_many_times() -> None:
    world, alerts = World(dead=["team://secret"]), [alert(10), *(alert(n, "none") for n in range(11, 16))]
    for number in range(10, 16):
        world.run(alerts[: number - 9], newest=number)
    assert [url for url, _ in world.sent] == ["pager://secret"]
    failed = [row for row in world.records if row["channel"] == "team"]
    assert [(row["attempt"], row["fault"]) for row in failed] == [(1, "refused"), (2, "refused"), (3, "refused")]


def test_a_run_that_is_killed_tells_the_rest_later() -> None:
    world, alerts = World(), [alert(10), alert(10, alert_id="b")]

    def killed_after_two(outcome: Row) -> None:
        world.records.append(outcome)
        if len(world.records) == 2:
            raise KeyboardInterrupt

    now = datetime.combine(day(11), datetime.min.time(), tzinfo=UTC)
    wanted = errands(alerts, [], [TEAM, PAGER], newest_ds=day(10), now=now, settings=SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        run_errands(wanted, send=world.send, record=killed_after_two, now=lambda: now, settings=SETTINGS)
    world.run([*alerts, alert(11, "none"), alert(11, "none", alert_id="b")], newest=11)
    assert len(world.sent) == len(set(zip([row["alert_id"] for row in world.records], world.sent, strict=True))) == 4


def test_only_how_an_alert_stands_is_told() -> None:
    world = World()
    # day 5 was monitored again after day 10: what it says of the past is not news
    world.run([alert(5, "withdrawn", "withdrawn"), alert(10, "none")], newest=10)
    # an alert that only an old day knows
    world.run([alert(5, alert_id="stale")], newest=10)
    # several changes while nobody could be told: the last one says it all
    world.run([alert(9, alert_id="c"), alert(10, "resolved", "resolved", alert_id="c")], newest=10, channels=[TEAM])
    assert [title.split(":")[0] for _, title in world.sent] == ["Plumbline, resolved"]


def test_what_is_old_is_not_told() -> None:
    now = datetime.combine(day(10), datetime.min.time(), tzinfo=UTC) + timedelta(days=8)
    limits = {"newest_ds": day(10), "now": now}
    assert errands([alert(10)], [], [TEAM], settings=SETTINGS, **limits) == []
    patient = SETTINGS.model_copy(update={"maximum_age_days": None})
    assert len(errands([alert(10)], [], [TEAM], settings=patient, **limits)) == 1


def test_a_channel_is_not_told_about_itself() -> None:
    world = World()
    world.run([alert(10, family="channel", segment_value="pager", evidence=None)], newest=10)
    assert [url for url, _ in world.sent] == ["team://secret"]


def test_attempts_never_raise_and_never_hang() -> None:
    message = Message("title", "body", "info")

    def breaks(url: str, _: Message) -> str | None:
        raise RuntimeError(url)

    def hangs(_: str, __: Message) -> str | None:
        time.sleep(30)
        return None

    assert attempt(TEAM, message, send=breaks, timeout_seconds=5) == "error"
    assert attempt(TEAM, message, send=hangs, timeout_seconds=0.05) == "timed_out"
    assert attempt(Channel("team", None), message, send=breaks, timeout_seconds=5) == "no_address"
    assert "secret" not in repr(TEAM)


def test_a_silent_channel_is_waited_for_once_a_run() -> None:
    world, asked = World(), []

    def hangs(url: str, _: Message) -> str | None:
        asked.append(url)
        time.sleep(5)
        return None

    now = datetime.combine(day(11), datetime.min.time(), tzinfo=UTC)
    alerts = [alert(10), alert(10, alert_id="b")]
    wanted = errands(alerts, [], [TEAM], newest_ds=day(10), now=now, settings=SETTINGS)
    run_errands(wanted, send=hangs, record=world.records.append, now=lambda: now, settings=SETTINGS)
    assert len(asked) == 1
    assert [row["fault"] for row in world.records] == ["timed_out"]


@pytest.mark.slow
def test_apprise_says_what_went_wrong_with_an_address() -> None:
    message = Message("title", "body", "info")
    assert send_with_apprise("nosuchservice://secret", message) == "bad_address"
    assert send_with_apprise("json://127.0.0.1:9/", message) == "refused"


def test_addresses_come_from_the_environment() -> None:
    conf = [ChannelSettings(name="team", url_variable="TEAM_URL"), ChannelSettings(name="pager", url_variable="P")]
    assert channels_of(conf, {"TEAM_URL": "x://y", "P": ""}) == [Channel("team", "x://y"), Channel("pager", None)]


def _channel_rows(
    deliveries: Sequence[Row], previous: Sequence[Row], same_day: Sequence[Row], number: int
) -> list[Row]:
    now = datetime.combine(day(number + 1), datetime.min.time(), tzinfo=UTC)
    return channel_alert_rows(
        deliveries, previous, same_day, [], names=["pager", "team"], ds=day(number), design_id="d", now=now
    )


def _delivery(number: int, fault: str | None, *, attempt: int = 1) -> Row:
    at = datetime.combine(day(number + 1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=attempt)
    return {
        "channel": "pager",
        "status": "failed" if fault else "sent",
        "fault": fault,
        "attempt": attempt,
        "attempted_at": at,
    }


def test_a_channel_whose_last_message_failed_is_an_alert_till_one_goes_through() -> None:
    failed = [_delivery(10, "refused")]
    (opened,) = _channel_rows(failed, [], [], 10)
    assert (opened["segment_value"], opened["state"], opened["transition"]) == ("pager", "open", "opened")
    assert opened["reason"] == "the last message failed: the service refused the message or could not be reached"
    known = opened | {"ds": day(10)}
    assert _channel_rows(failed, [], [known], 10) == [opened]
    (lasting,) = _channel_rows(failed, [known], [], 11)
    assert (lasting["alert_id"], lasting["transition"]) == (opened["alert_id"], "none")
    works = [*failed, _delivery(12, None, attempt=2)]
    (over,) = _channel_rows(works, [lasting | {"ds": day(11)}], [], 12)
    assert (over["state"], over["transition"], over["resolution"]) == ("resolved", "resolved", "delivered")
    assert over["closed_date"] == day(12)
    assert _channel_rows(works, [over | {"ds": day(12)}], [], 13) == []
