"""The job on hand-made days: a change is raised once, told once, withdrawn when numbers are restated."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.monitoring.warehouse import POLICY, RATE, Row, Warehouse, day, healthy_rate, new_warehouse

LAST_QUIET, OPENED = 39, 43
TABLES = ("alerts", "monitoring_sequences", "stream_readings", "directional_index")


@dataclass
class Inbox:
    """What a channel has received: a server that Apprise posts JSON to."""

    port: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Story:
    """The tables after every chapter."""

    warehouse: Warehouse
    inbox: Inbox
    alerts: dict[str, list[Row]] = field(default_factory=dict)
    tables: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    n_messages: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, list[Row]] = field(default_factory=dict)

    def tell(self, chapter: str, number: int) -> None:
        self.alerts[chapter] = self.warehouse.rows("alerts", ds=day(number))
        self.tables[chapter] = {name: _without_runs(self.warehouse.rows(name)) for name in TABLES}
        self.n_messages[chapter] = len(self.inbox.messages)
        self.deliveries[chapter] = self.warehouse.rows("alert_deliveries")


def _without_runs(rows: list[Row]) -> list[str]:
    return sorted(repr({k: v for k, v in row.items() if k != "job_run_id"}) for row in rows)


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    received = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.messages.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    received.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield received
    server.shutdown()


@pytest.fixture(scope="module")
def story(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Story:
    """Search doubles on day 40; the labels turn out to be wrong, and the days are released anew on day 44."""
    channels = [{"name": "team", "url_variable": "TEAM_URL"}, {"name": "pager", "url_variable": "PAGER_URL"}]
    link = "https://dash.example/plumbline.html"
    # a machine that is busy with something else is no dead channel
    notifications = {"channels": channels, "dashboard_link": link, "timeout_seconds": 300}
    warehouse = new_warehouse(_session, tmp_path_factory.mktemp("monitor"), notifications=notifications)
    told = Story(warehouse, inbox)
    # nobody listens on port 9, the discard service, here
    works = {"TEAM_URL": f"json://127.0.0.1:{inbox.port}/?cto=200&rto=200", "PAGER_URL": "json://127.0.0.1:9/"}

    quiet = {n: {"search": healthy_rate(n), "home": healthy_rate(n, phase=3)} for n in range(45)}
    risen = {n: quiet[n] | {"search": 2.0 * healthy_rate(n)} for n in range(40, 45)}
    warehouse.release({n: risen.get(n, quiet[n]) for n in range(OPENED + 1)})
    warehouse.store_history(LAST_QUIET)
    for n in (40, OPENED):
        warehouse.store_sample(n, violating={f"bad{n}": "search", f"worse{n}": "search", f"other{n}": "home"})

    warehouse.monitor(LAST_QUIET, environment=works)
    told.tell("quiet", LAST_QUIET)
    warehouse.monitor(OPENED, environment=works)
    told.tell("opened", OPENED)
    warehouse.monitor(OPENED, environment=works, hour=13)
    told.tell("run again", OPENED)
    (alert,) = (row for row in told.alerts["opened"] if row["family"] == "prevalence")
    note = "known: a test campaign"
    action = {"alert_id": alert["alert_id"], "action": "acknowledge", "by": "ada", "note": note}
    warehouse.act(OPENED, action, environment=works)
    told.tell("acknowledged", OPENED)
    warehouse.release({n: quiet[n] for n in range(40, 45)}, hour=2)
    warehouse.monitor(OPENED + 1, environment=works | {"PAGER_URL": works["TEAM_URL"]})
    told.tell("restated", OPENED + 1)
    return told


def test_a_quiet_day_raises_nothing(story: Story) -> None:
    assert story.alerts["quiet"] == []
    assert story.n_messages["quiet"] == 0


def test_one_alert_speaks_for_all_streams_of_the_incident(story: Story) -> None:
    (alert,) = (row for row in story.alerts["opened"] if row["family"] == "prevalence")
    assert (alert["state"], alert["transition"], alert["policy"]) == ("open", "opened", POLICY)
    assert (alert["segment"], alert["kind"], alert["direction"]) == ("all", "level_shift", "rise")
    assert alert["began_date"] == day(40)
    found = alert["evidence"]
    # half of the exposure doubled: the whole rose by half
    assert found["before"] == pytest.approx(RATE, rel=0.02)
    assert found["ratio"] == pytest.approx(1.5, abs=0.05)
    assert found["ratio_low"] < 1.5 < found["ratio_high"]
    assert found["streams"] == [
        f"prevalence {POLICY} units", f"prevalence {POLICY} units surface=search",
    ]  # fmt: skip


def test_the_evidence_names_what_drives_it_and_units_to_look_at(story: Story) -> None:
    (alert,) = (row for row in story.alerts["opened"] if row["family"] == "prevalence")
    driver = alert["evidence"]["drivers"][0]
    assert (driver["segment"], driver["segment_value"]) == ("surface", "search")
    assert driver["rate_effect"] == pytest.approx(RATE / 2, rel=0.05)
    assert driver["mix_effect"] == pytest.approx(0.0, abs=1e-6)
    assert alert["evidence"]["unexplained"] == pytest.approx(0.0, abs=1e-9)
    units = alert["evidence"]["unit_ids"]
    assert sorted(units) == sorted(f"{kind}{n}" for n in (40, OPENED) for kind in ("bad", "worse", "other"))


def test_the_other_alert_is_that_labels_and_scores_have_parted(story: Story) -> None:
    families = {row["family"] for row in story.alerts["opened"]}
    assert families <= {"prevalence", "index_gap", "channel"}


def test_running_again_changes_nothing_and_tells_nobody_twice(story: Story) -> None:
    again, before = story.tables["run again"], story.tables["opened"]
    assert {name: sorted(set(again[name]) ^ set(before[name])) for name in TABLES} == {name: [] for name in TABLES}
    assert again == before
    assert story.n_messages["run again"] == story.n_messages["opened"]


def test_a_message_has_figures_and_a_link_and_no_content(story: Story) -> None:
    message = next(m for m in story.inbox.messages if "prevalence" in m["title"])
    assert message["title"].startswith(f"Plumbline, opened: prevalence {POLICY} (units) up +5")
    assert "Driven by: surface search (5" in message["message"]
    assert "https://dash.example/plumbline.html" in message["message"]
    assert "--alert-id" in message["message"]
    assert "bad40" not in message["message"]


def test_a_dead_channel_stops_nothing_and_is_an_alert_itself(story: Story) -> None:
    (dead,) = (row for row in story.alerts["opened"] if row["family"] == "channel")
    assert (dead["segment_value"], dead["state"], dead["kind"]) == ("pager", "open", "channel")
    assert any("channel pager" in message["title"] for message in story.inbox.messages)
    tried = [row for row in story.deliveries["opened"] if row["channel"] == "pager"]
    assert {(row["status"], row["fault"], row["attempt"]) for row in tried} == {("failed", "refused", 1)}
    assert "127.0.0.1" not in repr(story.deliveries["opened"])


def test_an_acknowledgement_stands_beside_the_alert_and_lasts(story: Story) -> None:
    (alert,) = (row for row in story.alerts["acknowledged"] if row["family"] == "prevalence")
    assert (alert["acknowledged_by"], alert["note"]) == ("ada", "known: a test campaign")
    (later,) = (row for row in story.alerts["restated"] if row["family"] == "prevalence")
    assert later["acknowledged_by"] == "ada"


def test_restated_numbers_withdraw_the_alert_with_its_reason(story: Story) -> None:
    (opened,) = (row for row in story.alerts["opened"] if row["family"] == "prevalence")
    (withdrawn,) = (row for row in story.alerts["restated"] if row["family"] == "prevalence")
    assert withdrawn["alert_id"] == opened["alert_id"]
    assert (withdrawn["state"], withdrawn["transition"]) == ("withdrawn", "withdrawn")
    assert withdrawn["closed_date"] == day(OPENED + 1)
    # of search the wave of days 40 to 43 adds up to 0, of home to -2 %: a mean of 5 % x (1 - 0.02 / 8)
    assert "show no such change: their mean is 4.99 %, it was 7.5 % when it was last told" in withdrawn["reason"]
    titles = [message["title"] for message in story.inbox.messages[story.n_messages["acknowledged"] :]]
    assert any(title.startswith("Plumbline, withdrawn: prevalence") for title in titles)


def test_the_channel_that_works_again_is_told_what_is_news_and_its_alert_is_resolved(story: Story) -> None:
    (alive,) = (row for row in story.alerts["restated"] if row["family"] == "channel")
    assert (alive["state"], alive["resolution"]) == ("resolved", "delivered")
    sent = [row for row in story.deliveries["restated"] if row["channel"] == "pager" and row["status"] == "sent"]
    assert {row["transition"] for row in sent} == {"withdrawn"}


def test_sequences_are_shown_for_all_days(story: Story) -> None:
    rows = [
        row
        for row in story.warehouse.rows("monitoring_sequences")
        if (row["family"], row["segment"]) == ("prevalence", "all")
    ]
    by_day = {row["ds"]: row for row in rows}
    assert len(by_day) == OPENED + 2
    assert by_day[day(5)]["phase"] == "warming_up"
    assert by_day[day(5)]["expected"] is None
    watched = by_day[day(38)]
    assert watched["level_low"] < RATE < watched["level_high"]
    assert watched["expected_low"] < watched["value"] < watched["expected_high"]


def test_the_index_is_marked_as_directional(story: Story) -> None:
    rows = story.warehouse.rows("directional_index", ds=day(OPENED))
    assert {row["is_directional"] for row in rows} == {True}
    assert {row["mean_score"] for row in rows} == {0.04}
