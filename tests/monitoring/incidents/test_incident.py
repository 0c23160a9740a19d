"""Changes become incidents, and people's actions a state; by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lib.monitoring.detection.readings import StreamKey
from lib.monitoring.detection.watch import Episode
from lib.monitoring.incidents.incident import StreamChange, incidents_of
from lib.monitoring.incidents.people import Taken, taken_by
from lib.monitoring.incidents.shown_values import shown_change, shown_value

FIRST = date(2026, 3, 2)
WHOLE = StreamKey("prevalence", "harassment", "units", "all", "all")
SEARCH = WHOLE._replace(segment="surface", segment_value="search")


def _change(
    key: StreamKey, opened: int, closed: int | None, *, rises: bool = True, evidence: float = 12.0
) -> StreamChange:
    episode = Episode(0, rises, opened, opened, evidence, 0, closed, None if closed is None else "returned")
    days = [None if number is None else FIRST + timedelta(days=number) for number in (opened, closed)]
    assert days[0] is not None
    return StreamChange(key, episode, days[0], days[1])


def test_changes_that_overlap_are_one_incident_and_the_whole_leads() -> None:
    (incident,) = incidents_of([_change(WHOLE, 12, 20), _change(SEARCH, 10, 18, evidence=30.0)], reopen_days=14)
    assert (incident.opened, incident.closed) == (FIRST + timedelta(days=10), FIRST + timedelta(days=20))
    assert incident.identity == ("prevalence", "harassment", "rise")
    assert incident.lead.key == WHOLE
    assert incident.last_change.key == WHOLE


def test_a_stream_that_lasts_leads_before_the_whole_that_is_over() -> None:
    (incident,) = incidents_of([_change(WHOLE, 12, 20), _change(SEARCH, 10, None)], reopen_days=14)
    assert incident.closed is None
    assert incident.lead.key == SEARCH


def test_the_other_direction_and_other_policies_are_others() -> None:
    other = WHOLE._replace(policy="self_harm")
    changes = [_change(WHOLE, 10, None), _change(WHOLE, 11, None, rises=False), _change(other, 10, None)]
    assert len(incidents_of(changes, reopen_days=14)) == 3


@pytest.mark.parametrize(("again", "n_incidents"), [(34, 1), (35, 2)])
def test_what_comes_back_within_the_days_is_the_same(again: int, n_incidents: int) -> None:
    assert len(incidents_of([_change(WHOLE, 10, 20), _change(WHOLE, again, None)], reopen_days=14)) == n_incidents


def _action(kind: str, hour: int, by: str, note: str | None = None, alert: str = "a") -> dict[str, object]:
    at = datetime(2026, 3, 2, hour, tzinfo=UTC)
    return {"alert_id": alert, "action": kind, "acted_by": by, "note": note, "acted_at": at}


def test_the_last_action_counts_and_the_last_note_stays() -> None:
    actions = [
        _action("reopen", 12, "grace"), _action("acknowledge", 9, "ada", "a campaign"), _action("acknowledge", 8, "x"),
        _action("acknowledge", 14, "other", alert="b"),
    ]  # fmt: skip
    taken = taken_by("a", actions)
    assert taken == Taken(by=None, at=None, note="a campaign", reopened_by="grace")
    assert taken.is_kept_open
    assert taken_by("a", actions[1:]).by == "ada"
    assert taken_by("c", actions) == Taken()


def test_values_are_shown_as_people_read_them() -> None:
    assert shown_value(0.004567, "prevalence", "units") == "0.457 %"
    assert shown_value(1_234_567.0, "volume", "views") == "1,234,567 views"
    assert shown_value(1.2345, "index_gap", "units") == "1.23"
    change = {"ratio": 1.52, "ratio_low": 1.2, "ratio_high": 1.9}
    assert shown_change(change) == "+52 % (+20 % to +90 %)"
    assert shown_change(change | {"ratio_high": None}) == "+52 % (+20 % to more)"
    assert shown_change({"ratio": 4.2, "ratio_low": 2.5, "ratio_high": None}) == "4.2 times (2.5 to more)"
    assert (
        shown_change({"ratio": None, "ratio_low": 2.5, "ratio_high": None})
        == "there was nothing before to compare with"
    )
