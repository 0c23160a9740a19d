"""Directions of the index and their back-test, by hand; and limits that hold in a simulation."""

from datetime import date, timedelta

import numpy as np
import pytest

from lib.monitoring.detection.readings import Reading, StreamKey
from lib.monitoring.directional.back_test import BackTest, back_test
from lib.monitoring.directional.index_rows import index_rows
from schemas.contracts.monitoring_settings import IndexSettings

FIRST = date(2026, 3, 2)
SCORE = StreamKey("score", "harassment", "units", "all", "all")
SETTINGS = IndexSettings(block_days=2)


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _readings(family: str, values: dict[int, float], error: float = 0.0) -> list[Reading]:
    key = SCORE._replace(family=family)  # type: ignore[arg-type]  # a family by name
    return [Reading(key, _day(number), value, error) for number, value in values.items()]


def _test(scores: list[float], labelled: list[float], *, error: float = 0.001, flat: float = 0.05) -> BackTest:
    by_day = [
        {_day(n): Reading(SCORE, _day(n), value, error) for n, value in enumerate(row)} for row in (scores, labelled)
    ]
    return back_test(*by_day, last_ds=_day(len(scores)), block_days=2, flat_band=flat, confidence=0.95)


def test_pairs_of_blocks_in_which_the_index_moved_are_compared() -> None:
    # blocks of two days: 0.10, 0.12 (up), 0.09 (down), 0.092 (flat)
    scores = [0.10, 0.10, 0.12, 0.12, 0.09, 0.09, 0.092, 0.092]
    labelled = [0.010, 0.010, 0.014, 0.014, 0.016, 0.016, 0.030, 0.030]
    found = _test(scores, labelled)
    assert (found.n_compared, found.n_right) == (2, 1)
    assert found.share_right == 0.5
    # both labelled changes are beyond their error of 0.001·√(1/2 + 1/2): 0.004 and 0.002 (1.96·0.001)
    assert (found.n_sure, found.n_sure_right) == (2, 1)
    unsure = _test(scores, labelled, error=0.003)
    assert (unsure.n_compared, unsure.n_sure) == (2, 0)


def test_only_days_that_have_both_are_used() -> None:
    scores = {_day(n): Reading(SCORE, _day(n), value, 0.0) for n, value in enumerate([0.1, 9.9, 0.2, 9.9])}
    labelled = {_day(n): Reading(SCORE, _day(n), value, 0.001) for n, value in ((0, 0.01), (2, 0.02))}
    found = back_test(scores, labelled, last_ds=_day(3), block_days=2, flat_band=0.05, confidence=0.95)
    assert (found.n_compared, found.n_right) == (1, 1)
    # one pair of two: limits are wide
    assert (found.low, found.high) == (pytest.approx(0.025), 1.0)


def test_nothing_to_compare() -> None:
    found = _test([], [])
    assert (found.n_compared, found.share_right, found.low, found.high) == (0, None, None, None)


@pytest.mark.slow
def test_the_limits_hold_although_neighbours_share_a_block() -> None:
    random = np.random.default_rng(11)
    covered = []
    for _ in range(300):
        truth = np.exp(0.15 * random.standard_normal(30))
        scores = truth * np.exp(0.02 * random.standard_normal(30))
        labelled = truth + 0.15 * random.standard_normal(30)
        found = _test([s for s in scores for _ in range(2)], [v for v in labelled for _ in range(2)])
        covered.append((found.low, found.share_right, found.high))
    low, share, high = (np.array(part, dtype=float) for part in zip(*covered, strict=True))
    truth_share = share.mean()
    assert 0.6 < truth_share < 0.95
    assert ((low <= truth_share) & (truth_share <= high)).mean() >= 0.95


def test_a_days_direction_is_that_of_its_block_against_the_last_labelled_one() -> None:
    scores = _readings("score", {0: 0.10, 1: 0.10, 2: 0.11, 3: 0.13})
    labelled = _readings("prevalence", {1: 0.01})
    (row,) = index_rows([*scores, *labelled], ds=_day(3), settings=SETTINGS, confidence=0.95)
    assert row["change"] == pytest.approx(0.12 / 0.10 - 1.0)
    assert (row["direction"], row["is_labelled"], row["is_directional"]) == ("up", False, True)
    assert (row["reference_start"], row["reference_end"]) == (_day(0), _day(1))
    assert row["mean_score"] == 0.13


@pytest.mark.parametrize(("now", "direction"), [(0.104, "flat"), (0.094, "down"), (0.106, "up")])
def test_small_changes_are_flat(now: float, direction: str) -> None:
    scores = _readings("score", {0: 0.10, 1: 0.10, 2: now, 3: now})
    (row,) = index_rows([*scores, *_readings("prevalence", {0: 0.01})], ds=_day(3), settings=SETTINGS, confidence=0.95)
    assert row["direction"] == direction


def test_without_a_labelled_day_there_is_no_direction() -> None:
    (row,) = index_rows(_readings("score", {2: 0.1, 3: 0.2}), ds=_day(3), settings=SETTINGS, confidence=0.95)
    assert (row["direction"], row["change"], row["reference_end"]) == ("unknown", None, None)
    assert index_rows(_readings("score", {2: 0.1}), ds=_day(3), settings=SETTINGS, confidence=0.95) == []
