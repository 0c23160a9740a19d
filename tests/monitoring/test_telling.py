"""A run stores its alerts, tells each channel once, and then tells of the channels that failed."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from lib.monitoring.notification.messages import Message
from lib.monitoring.telling import Teller
from schemas.contracts.monitoring_settings import ChannelSettings, MonitoringSettings, NotificationSettings
from tests.monitoring.notification.alerts import alert, day

NOW = datetime(2026, 3, 13, 6, tzinfo=UTC)
CHANNELS = [ChannelSettings(name=name, url_variable=f"{name.upper()}_URL") for name in ("team", "pager")]
Row = dict[str, Any]


@dataclass
class Run:
    """One run of day 10 on tables kept in memory; addresses in `dead` refuse every message."""

    dead: set[str]
    stored: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, url: str, message: Message) -> str | None:
        if url in self.dead:
            return "refused"
        self.sent.append((url, message.title.partition(" (")[0]))
        return None

    def tell(self) -> None:
        settings = MonitoringSettings(notifications=NotificationSettings(channels=CHANNELS))
        of_day = [row | {"ds": day(10), "job_run_id": "r"} for row in self.stored]
        storage = SimpleNamespace(
            rows=lambda _, records: list(records), replace_day=self._replace, append_new=self._append
        )
        monitor: Any = SimpleNamespace(
            storage=storage,
            settings=SimpleNamespace(monitoring=settings),
            ds=day(10),
            design_id="d",
            alert_rows=of_day,
            deliveries=lambda: self.deliveries,
            actions=[],
            last_monitored_ds=lambda: day(10),
        )
        environment = {"TEAM_URL": "team://", "PAGER_URL": "pager://"}
        context: Any = SimpleNamespace(environment=environment, now=lambda: NOW, stamp=lambda rows: rows)
        known = alert(10)
        Teller(monitor, context, send=self.send).store_and_tell([{k: v for k, v in known.items() if k != "ds"}])

    def _replace(self, *stored: Any, **_: Any) -> None:
        self.stored = stored[1]

    def _append(self, *added: Any, **_: Any) -> None:
        self.deliveries.extend(added[1])


def _attempts(run: Run) -> list[tuple[str, str, int]]:
    return [(row["channel"], row["status"], row["attempt"]) for row in run.deliveries]


def test_the_others_hear_of_a_channel_that_failed_and_it_is_left_to_the_next_run() -> None:
    run = Run(dead={"pager://"})
    run.tell()
    assert _attempts(run) == [("team", "sent", 1), ("pager", "failed", 1), ("team", "sent", 1)]
    assert [title for _, title in run.sent] == [
        "Plumbline, opened: prevalence harassment", "Plumbline, opened: channel pager",
    ]  # fmt: skip
    (dead,) = (row for row in run.stored if row["family"] == "channel")
    assert (dead["segment_value"], dead["state"]) == ("pager", "open")


def test_the_next_run_tries_again_and_the_channel_that_works_is_over_for_all() -> None:
    run = Run(dead={"pager://"})
    run.tell()
    run.dead, run.sent = set(), []
    run.tell()
    assert ("pager", "sent", 2) in _attempts(run)
    (alive,) = (row for row in run.stored if row["family"] == "channel")
    assert (alive["state"], alive["resolution"]) == ("resolved", "delivered")
    assert [url for url, title in run.sent if "prevalence" in title] == ["pager://"]


def test_running_again_while_nothing_has_changed_tells_nobody() -> None:
    run = Run(dead=set())
    run.tell()
    run.tell()
    assert [url for url, _ in run.sent] == ["team://", "pager://"]
    assert [row["family"] for row in run.stored] == ["prevalence"]
