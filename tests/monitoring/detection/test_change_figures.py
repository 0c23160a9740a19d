"""Levels before and after, their ratio, and when the change began."""

import numpy as np
import pytest

from lib.monitoring.detection.change_figures import ChangeFigures, change_figures
from lib.monitoring.detection.stream_block import StreamBlock
from tests.monitoring.detection.blocks import RATE, count_block, watched, wave

pytestmark = pytest.mark.slow

N_DAYS, AT = 120, 70


def _figures(block: StreamBlock, *, last: int = N_DAYS - 1) -> ChangeFigures:
    seen = watched(block)
    return change_figures(block, seen, seen.episodes[0], last=last, confidence=0.95)


def test_both_levels_are_found_with_intervals_that_hold_them() -> None:
    values = wave(N_DAYS) * np.where(np.arange(N_DAYS) >= AT, 1.8, 1.0)
    found = _figures(count_block([values]))
    assert found.before.prevalence == pytest.approx(RATE, rel=0.02)
    assert found.after.prevalence == pytest.approx(1.8 * RATE, rel=0.03)
    assert found.ratio == pytest.approx(1.8, rel=0.03)
    assert found.ratio_low < 1.8
    assert found.ratio_high is not None
    assert 1.8 < found.ratio_high < 2.3
    assert (found.onset, found.n_days_before) == (AT, AT)
    assert found.onset_earliest >= AT - 3
    assert found.onset_latest <= AT + 1


def test_only_days_up_to_the_last_and_up_to_its_end_count() -> None:
    days = np.arange(N_DAYS)
    values = wave(N_DAYS) * np.where((days >= AT) & (days < AT + 12), 1.8, 1.0)
    block = count_block([values])
    until_now, whole = _figures(block, last=AT + 6), _figures(block)
    assert until_now.n_days_after == 7
    seen = watched(block).episodes[0]
    assert seen.closed is not None
    # the days that showed that it was over are counted with it
    assert whole.n_days_after == seen.closed - AT + 1


def test_a_weak_change_has_a_wide_beginning() -> None:
    random = np.random.default_rng(3)
    n_days, at, one = 260, 180, 0.01
    rate = np.where(np.arange(n_days) >= at, 0.03, 0.012)
    counts = random.poisson(rate / one) * one
    found = _figures(count_block([counts], grain=np.full((1, n_days), one)), last=n_days - 1)
    assert found.onset_earliest <= at <= found.onset_latest
    assert found.onset_latest - found.onset_earliest >= 4
    assert found.ratio is not None
    assert found.ratio_low < 2.5 < (found.ratio_high or np.inf)


def test_without_anything_before_there_is_no_ratio() -> None:
    one = 0.001
    values = np.zeros(N_DAYS)
    values[AT:] = 2 * one
    found = _figures(count_block([values], grain=np.full((1, N_DAYS), one)))
    assert found.ratio is None
    assert found.ratio_high is None
    assert found.ratio_low > 1.0
    assert found.before.ci_low == 0.0
    assert 0.0 < found.before.ci_high < one


@pytest.mark.parametrize(("n_days_of_rise", "is_gradual"), [(1, False), (5, False), (30, True), (45, True)])
def test_a_change_that_takes_weeks_is_gradual(n_days_of_rise: int, is_gradual: bool) -> None:
    risen = 1.0 + np.clip((np.arange(N_DAYS) - AT + 1) / n_days_of_rise, 0.0, 1.0)
    assert _figures(count_block([wave(N_DAYS) * risen]), last=AT + 30).is_gradual == is_gradual


def test_in_doubt_it_is_a_step() -> None:
    doubled = wave(N_DAYS) * np.where(np.arange(N_DAYS) >= AT, 2.0, 1.0)
    assert not _figures(count_block([doubled]), last=AT + 2).is_gradual
