"""The life of an alert: one per incident, whatever happens to numbers, people and runs in between."""

import numpy as np
import pytest

from lib.monitoring.detection.readings import KnownBreak, StreamKey
from lib.monitoring.detection.stream_block import FloatArray
from schemas.contracts.monitoring_settings import MonitoringSettings
from tests.monitoring.detection.blocks import RATE, wave
from tests.monitoring.incidents.days import SEARCH, WHOLE, Days, day

pytestmark = pytest.mark.slow

N_DAYS, AT = 110, 40
Series = dict[StreamKey, FloatArray]


def _risen(first: int, last: int, *, by: float = 1.8, phase: int = 0) -> FloatArray:
    days = np.arange(N_DAYS)
    return wave(N_DAYS, phase=phase) * np.where((days >= first) & (days < last), by, 1.0)


def test_opened_once_and_resolved_when_it_is_back() -> None:
    days = Days()
    assert days.run({WHOLE: _risen(AT, AT + 12)}, range(38, 62)) == [f"opened {AT + 2}", f"resolved {AT + 14}"]
    opened, last = days.rows[0], days.last
    assert (opened["state"], opened["direction"], opened["kind"]) == ("open", "rise", "level_shift")
    assert opened["began_date"] == day(AT)
    assert opened["told_ratio"] == pytest.approx(1.8, rel=0.1)
    assert (last["state"], last["resolution"], last["closed_date"]) == ("resolved", "returned", day(AT + 14))
    assert {row["alert_id"] for row in days.rows} == {opened["alert_id"]}
    assert {row["opened_at"] for row in days.rows} == {opened["opened_at"]}
    # a row for every day on which it is alive, and none after
    assert [row["ds"] for row in days.rows] == [day(n) for n in range(AT + 2, AT + 15)]


def test_all_streams_of_an_incident_are_one_alert() -> None:
    days = Days()
    series = {WHOLE: _risen(AT, AT + 20, by=1.5), SEARCH: _risen(AT, AT + 20, by=2.0, phase=2)}
    news = days.run(series, range(38, 50))
    assert news == [f"opened {AT + 2}"]
    # whichever comes first, the whole leads
    assert (days.last["segment"], days.last["evidence"]["streams"]) == ("all", [str(WHOLE), str(SEARCH)])


def test_rises_falls_and_other_policies_are_incidents_of_their_own() -> None:
    other = WHOLE._replace(policy="self_harm")
    days = Days()
    news = days.run({WHOLE: _risen(AT, AT + 20), other: _risen(AT, AT + 20, by=0.5)}, range(38, 46))
    assert len(news) == 2
    assert {(row["policy"], row["direction"]) for row in days.rows} == {("harassment", "rise"), ("self_harm", "fall")}


def test_what_comes_back_within_two_weeks_is_the_same_alert() -> None:
    back = np.where((np.arange(N_DAYS) >= AT + 20) & (np.arange(N_DAYS) < AT + 32), 1.8, 1.0)
    days = Days()
    news = days.run({WHOLE: _risen(AT, AT + 10) * back}, range(38, 80))
    assert [item.split()[0] for item in news] == ["opened", "resolved", "reopened", "resolved"]
    assert days.last["n_reopened"] == 1
    assert len({row["alert_id"] for row in days.rows}) == 1


def test_what_comes_back_later_is_another_one() -> None:
    back = np.where(np.arange(N_DAYS) >= AT + 40, 1.8, 1.0)
    days = Days()
    news = days.run({WHOLE: _risen(AT, AT + 10) * back}, range(38, 90))
    assert [item.split()[0] for item in news] == ["opened", "resolved", "opened"]
    assert len({row["alert_id"] for row in days.rows}) == 2


def test_what_stays_settles() -> None:
    days = Days()
    news = days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 100))
    assert news == [f"opened {AT + 2}", f"resolved {AT + 2 + 28}"]
    assert days.last["resolution"] == "new_level"


def test_worse_is_told_once_it_is_sure() -> None:
    worse = np.where(np.arange(N_DAYS) >= AT + 6, 2.5, 1.0)
    days = Days()
    news = days.run({WHOLE: _risen(AT, N_DAYS, by=1.5) * worse}, range(38, 66))
    assert [item.split()[0] for item in news][:2] == ["opened", "worsened"]
    assert len(news) <= 3


def test_running_a_day_again_changes_nothing() -> None:
    days = Days()
    series = {WHOLE: _risen(AT, AT + 12)}
    days.run(series, range(38, 50))
    before = list(days.rows)
    assert days.run(series, [49]) == []
    assert sorted(map(repr, days.rows)) == sorted(map(repr, before))
    assert days.run(series, [AT + 2]) == [f"opened {AT + 2}"]
    assert sorted(map(repr, days.rows)) == sorted(map(repr, before))


def test_restated_numbers_withdraw_it_and_say_why() -> None:
    days = Days()
    days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 46))
    assert days.run({WHOLE: wave(N_DAYS)}, range(46, 49)) == ["withdrawn 46"]
    assert (days.last["state"], days.last["closed_date"]) == ("withdrawn", day(46))
    told = days.rows[0]["evidence"]["after"]
    assert f"{100 * told:.2g}"[:1] == "9"
    assert (
        "as they are released now, or a break declared since, show no such change: their mean is 5"
        in days.last["reason"]
    )


def test_numbers_that_are_held_now_withdraw_it_too() -> None:
    days = Days()
    days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 46))
    held = {WHOLE: wave(AT), StreamKey("volume", "all", "units", "all", "all"): np.full(N_DAYS, 1e6)}
    assert days.run(held, [46]) == ["withdrawn 46"]
    assert "are not released any more" in days.last["reason"]


def test_restated_numbers_that_move_its_opening_keep_the_alert() -> None:
    days = Days()
    days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 46))
    assert days.run({WHOLE: _risen(AT + 2, N_DAYS)}, range(46, 48)) == []
    assert len({row["alert_id"] for row in days.rows}) == 1
    assert days.last["opened_date"] == day(AT + 2)


def test_a_break_that_is_declared_afterwards_withdraws_it() -> None:
    days = Days()
    days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 46))
    declared = [KnownBreak(day(AT), frozenset({"prevalence"}), "harassment", "new text of the policy")]
    assert days.run({WHOLE: _risen(AT, N_DAYS)}, [46], breaks=declared) == ["withdrawn 46"]


def test_a_break_during_an_alert_resolves_it() -> None:
    days = Days()
    declared = [KnownBreak(day(AT + 8), frozenset({"prevalence"}), None, "another scorer")]
    news = days.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 52), breaks=declared)
    assert news == [f"opened {AT + 2}", f"resolved {AT + 8}"]
    assert (days.last["resolution"], days.last["reason"]) == ("break", "a declared break: the stream starts anew")


def test_a_first_run_on_a_long_history_tells_of_what_lasts_only() -> None:
    over, lasting = WHOLE, WHOLE._replace(policy="self_harm")
    days = Days()
    assert days.run({over: _risen(AT, AT + 10), lasting: _risen(80, N_DAYS)}, [90]) == ["opened 90"]
    assert (days.last["policy"], days.last["opened_date"]) == ("self_harm", day(81))


def test_people_acknowledge_and_it_stands_beside_the_alert() -> None:
    days = Days()
    series = {WHOLE: _risen(AT, AT + 12)}
    days.run(series, range(38, 46))
    assert days.last["acknowledged_by"] is None
    days.act("acknowledge", 45, by="ada", note="a campaign")
    days.run(series, range(46, 60))
    assert {row["acknowledged_by"] for row in days.rows if row["ds"] > day(45)} == {"ada"}
    assert (days.last["state"], days.last["note"]) == ("resolved", "a campaign")


def test_people_open_it_again_and_it_stays_until_somebody_acknowledges() -> None:
    days = Days()
    series = {WHOLE: _risen(AT, AT + 12)}
    days.run(series, range(38, 60))
    days.act("acknowledge", 59, by="ada")
    days.act("reopen", 60, by="grace", note="it is not over")
    assert days.run(series, range(60, 64)) == ["reopened 60"]
    assert (days.last["state"], days.last["is_kept_open"], days.last["acknowledged_by"]) == ("open", True, None)
    assert days.last["reason"] == "opened again by grace: it stays open until somebody acknowledges it"
    days.act("acknowledge", 63, by="ada", note="now it is")
    assert days.run(series, range(64, 66)) == ["resolved 64"]
    assert (days.last["resolution"], days.last["acknowledged_by"]) == ("acknowledged", "ada")


def test_a_larger_minimum_effect_hears_less() -> None:
    deaf = Days(MonitoringSettings(minimum_effect={"prevalence": 1.0}))
    assert deaf.run({WHOLE: _risen(AT, N_DAYS)}, range(38, 60)) == []
    assert RATE > 0
