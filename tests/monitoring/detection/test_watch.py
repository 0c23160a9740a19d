"""What opens, what closes and what never should: series without chance, each with its right answer."""

from dataclasses import fields, replace

import numpy as np
import pytest

from lib.monitoring.detection.stream_block import FloatArray, StreamBlock
from lib.monitoring.detection.watch import CHANGED, QUIET, WARMING_UP, Episode
from tests.monitoring.detection.blocks import ERROR, RATE, count_block, watched, wave

N_DAYS, AT = 120, 60


def _factor(n_days: int = N_DAYS, *, at: int = AT, until: int | None = None, by: float = 1.6) -> FloatArray:
    days = np.arange(n_days)
    return np.where((days >= at) & (days < (until or n_days)), by, 1.0)


def _only(block: StreamBlock) -> Episode:
    (episode,) = watched(block).episodes
    return episode


@pytest.mark.slow
def test_a_healthy_series_raises_nothing_and_its_level_is_found() -> None:
    seen = watched(count_block([wave(N_DAYS), wave(N_DAYS, phase=4)]))
    assert seen.episodes == []
    assert list(seen.phase[0, [26, 27, 119]]) == [WARMING_UP, QUIET, QUIET]
    assert seen.level[:, -1] == pytest.approx(RATE, rel=0.02)


@pytest.mark.parametrize(("by", "is_rise"), [(1.6, True), (0.6, False)])
@pytest.mark.slow
def test_a_level_shift_is_seen_within_days_with_its_beginning(by: float, is_rise: bool) -> None:
    episode = _only(count_block([wave(N_DAYS) * _factor(by=by)]))
    assert episode.is_rise == is_rise
    assert abs(episode.onset - AT) <= 1
    assert AT + 2 <= episode.opened <= AT + 4


@pytest.mark.slow
def test_a_slow_drift_is_seen_as_one_and_once() -> None:
    drift = 1.0 + 0.6 * np.clip((np.arange(N_DAYS) - AT) / 30.0, 0.0, 1.0)
    episode = _only(count_block([wave(N_DAYS) * drift]))
    assert episode.is_rise
    assert AT + 8 <= episode.opened <= AT + 25


@pytest.mark.slow
def test_a_change_below_the_minimum_effect_is_none_however_sure() -> None:
    precise = ERROR / 5
    values = RATE + (wave(N_DAYS) - RATE) / 5
    grain = np.full((1, N_DAYS), precise**2 / RATE)
    smaller, larger = (count_block([values * _factor(by=by)], grain=grain) for by in (1.1, 1.3))
    assert watched(smaller).episodes == []
    assert len(watched(larger).episodes) == 1
    assert watched(larger, minimum_effect={"prevalence": 0.5}).episodes != []  # the block has its own


@pytest.mark.slow
def test_one_odd_day_is_no_change_and_moves_no_baseline() -> None:
    values = wave(N_DAYS)
    values[AT] *= 5.0
    seen = watched(count_block([values]))
    assert seen.episodes == []
    assert seen.level[0, -1] == pytest.approx(RATE, rel=0.02)


@pytest.mark.slow
def test_two_odd_days_are_one_only_if_they_are_large() -> None:
    large, moderate = (wave(N_DAYS) * _factor(until=AT + 2, by=by) for by in (2.5, 1.6))
    assert watched(count_block([moderate])).episodes == []
    episode = _only(count_block([large]))
    assert (episode.opened, episode.outcome) == (AT + 1, "returned")


@pytest.mark.slow
def test_what_returns_is_closed_once_and_the_baseline_is_as_before() -> None:
    seen = watched(count_block([wave(N_DAYS) * _factor(until=AT + 15)]))
    (episode,) = seen.episodes
    assert episode.outcome == "returned"
    assert episode.closed is not None
    assert AT + 17 <= episode.closed <= AT + 21
    assert seen.level[0, -1] == pytest.approx(RATE, rel=0.02)
    assert not seen.is_learned[0, AT : episode.closed].any()
    assert seen.phase[0, AT + 10] == CHANGED


@pytest.mark.slow
def test_what_stays_becomes_the_baseline_and_a_return_is_then_a_fall() -> None:
    seen = watched(count_block([wave(200) * _factor(200, until=AT + 80)]))
    rise, fall = seen.episodes
    assert (rise.outcome, rise.closed) == ("new_level", rise.opened + 28)
    assert seen.level[0, AT + 70] == pytest.approx(1.6 * RATE, rel=0.05)
    assert not fall.is_rise
    assert AT + 80 <= fall.opened <= AT + 85
    assert seen.epoch_start[0, AT + 70] == rise.opened + 1


def test_a_marked_break_starts_the_stream_anew_and_is_no_alarm() -> None:
    is_break = np.zeros((1, N_DAYS), dtype=bool)
    is_break[0, AT] = True
    seen = watched(count_block([wave(N_DAYS) * _factor()], is_break=is_break))
    assert seen.episodes == []
    assert list(seen.phase[0, [AT - 1, AT, AT + 12, AT + 13]]) == [QUIET, WARMING_UP, WARMING_UP, QUIET]
    assert seen.level[0, -1] == pytest.approx(1.6 * RATE, rel=0.03)
    assert seen.epoch_start[0, -1] == AT


def test_a_break_ends_what_is_open() -> None:
    is_break = np.zeros((1, N_DAYS), dtype=bool)
    is_break[0, AT + 10] = True
    episode = _only(count_block([wave(N_DAYS) * _factor()], is_break=is_break))
    assert (episode.closed, episode.outcome) == (AT + 10, "break")


@pytest.mark.slow
def test_excluded_days_are_neither_watched_nor_learned_from() -> None:
    is_excluded = np.zeros((1, N_DAYS), dtype=bool)
    is_excluded[0, AT : AT + 9] = True
    values = wave(N_DAYS) * _factor(until=AT + 9, by=3.0)
    assert watched(count_block([values])).episodes != []
    seen = watched(count_block([values], is_excluded=is_excluded))
    assert seen.episodes == []
    assert seen.level[0, -1] == pytest.approx(RATE, rel=0.02)


@pytest.mark.slow
def test_missing_days_delay_and_do_no_harm() -> None:
    values = wave(N_DAYS) * _factor()
    values[np.arange(N_DAYS) % 3 != 0] = np.nan
    seen = watched(count_block([values]))
    # every third day has a value: the 28th is day 81, and a shift before it belongs to the baseline
    assert seen.phase[0, 80] == WARMING_UP
    longer = wave(260) * _factor(260, at=150)
    longer[np.arange(260) % 3 != 0] = np.nan
    episode = _only(count_block([longer]))
    assert 150 < episode.opened <= 150 + 3 * 4


@pytest.mark.slow
def test_days_of_the_week_are_learned() -> None:
    week = np.tile([1.0, 1.0, 1.0, 1.0, 1.0, 1.3, 0.7], 40)[:200]
    seen = watched(count_block([wave(200) * week]))
    assert seen.episodes == []
    # MONDAY is the first day: columns 194 and 195 are a Saturday and a Sunday
    assert seen.season[0, 194] == pytest.approx(0.3, abs=0.06)
    assert seen.season[0, 195] == pytest.approx(-0.3, abs=0.06)


@pytest.mark.slow
def test_weeks_without_a_violation_do_not_make_the_next_one_a_wonder() -> None:
    one = 0.001
    rare = np.zeros(200)
    rare[[5, 31, 70, 71, 120, 160, 163]] = one
    seen = watched(count_block([rare], grain=np.full((1, 200), one)))
    assert seen.episodes == []
    assert seen.level[0, -1] == pytest.approx(7 * one / 200, rel=0.4)
    burst = rare.copy()
    burst[180:190] = one
    assert len(watched(count_block([burst], grain=np.full((1, 200), one))).episodes) == 1


@pytest.mark.slow
def test_nothing_of_a_later_day_enters_what_is_said_of_an_earlier_one() -> None:
    rows = [wave(N_DAYS) * _factor(until=AT + 15), wave(N_DAYS, phase=3) * _factor(at=80), wave(N_DAYS, phase=5)]
    whole = watched(count_block(rows))
    for n_days in (40, AT + 3, AT + 25):
        part = watched(count_block([row[:n_days] for row in rows]))
        for name in ("expected", "expected_sd", "log_rise", "log_fall", "phase", "level"):
            np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[:, :n_days], err_msg=name)
        known = [replace(e, closed=None, outcome=None) for e in whole.episodes if e.opened < n_days]
        assert [replace(e, closed=None, outcome=None) for e in part.episodes] == known


@pytest.mark.slow
def test_a_stream_is_judged_alike_in_any_company_but_for_the_budget() -> None:
    alone = watched(count_block([wave(N_DAYS)], group=np.array([0])))
    company = watched(count_block([wave(N_DAYS), wave(N_DAYS) * _factor()], group=np.array([0, 1])))
    for name in ("expected", "log_rise", "log_fall", "level"):
        np.testing.assert_allclose(getattr(alone, name)[0], getattr(company, name)[0], err_msg=name)


def test_arrays_of_another_shape_are_refused_by_name() -> None:
    block = count_block([wave(10)])
    with pytest.raises(ValueError, match="grain: shape"):
        replace(block, grain=np.ones((1, 9)))
    with pytest.raises(ValueError, match="budget_share: shape"):
        replace(block, budget_share=np.ones(2))
    with pytest.raises(ValueError, match=r"values: -0\.1 is negative"):
        replace(block, values=np.full((1, 10), -0.1))
    assert {part.name for part in fields(block)} >= {"values", "grain", "is_break"}
