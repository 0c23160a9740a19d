"""Which of many changes are real: by hand, and that ranges and verdicts never part."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.estimation.change.difference import Change
from lib.estimation.change.false_discoveries import judged_changes, p_value, widened

Z = 1.959964


def change(z: float, arm: float = 0.001) -> Change:
    """A change of `z` standard errors; its 95 % range has arms of `arm`."""
    difference = z * arm / Z
    return Change(difference, difference - arm, difference + arm)


def test_the_p_value_is_the_level_at_which_the_range_reaches_zero() -> None:
    assert p_value(change(Z), confidence_level=0.95) == pytest.approx(0.05)
    assert p_value(change(-2.575829), confidence_level=0.95) == pytest.approx(0.01)
    skewed = Change(0.001, 0.0005, 0.009)  # only the arm towards zero counts: z = 2 x 1.96
    assert p_value(skewed, confidence_level=0.95) == pytest.approx(2 * stats.norm.sf(2 * Z))
    assert p_value(Change(0.0, 0.0, 0.0), confidence_level=0.95) == 1.0
    assert p_value(Change(0.001, 0.001, 0.001), confidence_level=0.95) == 0.0


def test_benjamini_and_hochberg_choose_and_the_ranges_follow() -> None:
    # p = .001, .02, .03, .2 beside .05 x 1/4, 2/4, 3/4, 4/4 = .0125, .025, .0375, .05: the first three.
    p = [0.03, 0.2, 0.001, 0.02]
    judged = judged_changes([change(stats.norm.isf(value / 2)) for value in p], confidence_level=0.95)
    assert [found.is_real for found in judged] == [True, False, True, True]
    # Each range at 1 - .05 x 3/4: arms longer by the ratio of the quantiles of .01875 and .025.
    arm = judged[0].change.difference - judged[0].change.low
    assert arm == pytest.approx(0.001 * stats.norm.isf(0.01875) / Z, rel=1e-6)
    alone = judged_changes([change(stats.norm.isf(0.02))], confidence_level=0.95)
    assert alone[0].change == change(stats.norm.isf(0.02)), "one change needs no allowance"
    assert judged_changes([], confidence_level=0.95) == []


def test_a_share_of_one_in_m_is_bonferroni() -> None:
    wide = widened(change(1.0), share=1 / 20, confidence_level=0.95)
    assert wide.difference - wide.low == pytest.approx(0.001 * 3.02334 / Z, rel=1e-5)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30))
@pytest.mark.slow
def test_a_range_leaves_out_zero_exactly_if_its_change_was_chosen(scores: list[float]) -> None:
    changes = [change(z) for z in scores]
    adjusted = stats.false_discovery_control([p_value(c, confidence_level=0.95) for c in changes])
    for found, p in zip(judged_changes(changes, confidence_level=0.95), adjusted, strict=True):
        assert found.is_real == found.change.is_beyond_error
        assert found.is_real == (p <= 0.05) or p == pytest.approx(0.05, rel=1e-9)


@pytest.mark.slow
def test_among_healthy_numbers_few_weeks_have_a_false_change() -> None:
    # 20 policies x places, nothing changed: a week has a false discovery in 5 % of the cases.
    rng = np.random.default_rng(1)
    weeks = [judged_changes([change(z) for z in rng.normal(size=20)], confidence_level=0.95) for _ in range(1000)]
    assert np.mean([any(found.is_real for found in week) for week in weeks]) == pytest.approx(0.05, abs=0.02)
