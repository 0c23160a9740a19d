"""Intervals of difference and ratio: the square-root rule, its limiting cases, and coverage for rare outcomes."""

import math

import numpy as np
import pytest
from scipy import stats

from lib.estimation.change.difference import change_between
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.ratio import ratio_between
from lib.estimation.change.square_root_rule import combination_limits

NOW, BEFORE = RateEstimate(0.006, 0.004, 0.010), RateEstimate(0.004, 0.003, 0.006)
NONE_FOUND = RateEstimate(0.0, 0.0, 0.002)


def test_difference_takes_the_facing_ends_of_the_intervals() -> None:
    change = change_between(NOW, BEFORE)
    assert change.difference == pytest.approx(0.002)
    assert change.low == pytest.approx(0.002 - math.hypot(0.002, 0.002))
    assert change.high == pytest.approx(0.002 + math.hypot(0.004, 0.001))
    assert not change.is_beyond_error
    assert change_between(RateEstimate(0.01, 0.009, 0.011), BEFORE).is_beyond_error


def test_correlation_narrows_the_difference_and_one_minus_one_bounds_it() -> None:
    related = change_between(NOW, BEFORE, correlation=0.5)
    assert related.low == pytest.approx(0.002 - math.sqrt(2 * 0.002**2 - 2 * 0.5 * 0.002**2))
    assert change_between(NOW, NOW, correlation=1.0).high == pytest.approx(0.002)
    assert change_between(BEFORE, NOW, correlation=-1.0).low == pytest.approx(-0.002 - 0.001 - 0.004)


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.4])
def test_limits_of_the_ratio_are_where_the_difference_from_it_reaches_zero(correlation: float) -> None:
    ratio = ratio_between(NOW, BEFORE, correlation=correlation)
    matrix = np.array([[1.0, correlation], [correlation, 1.0]])
    assert combination_limits((1.0, -ratio.low), (NOW, BEFORE), matrix)[0] == pytest.approx(0.0, abs=1e-15)
    assert combination_limits((1.0, -ratio.high), (NOW, BEFORE), matrix)[1] == pytest.approx(0.0, abs=1e-15)
    assert ratio.ratio == pytest.approx(1.5)
    assert ratio.low < 1.5 < ratio.high


def test_symmetric_intervals_give_fiellers_limits() -> None:
    now, before, z2 = (0.3, 0.02), (0.2, 0.03), 1.96**2
    a, b, c = before[0] ** 2 - z2 * before[1] ** 2, now[0] * before[0], now[0] ** 2 - z2 * now[1] ** 2
    reach = math.sqrt(b**2 - a * c)
    rates = [RateEstimate(r, r - 1.96 * se, r + 1.96 * se) for r, se in (now, before)]
    ratio = ratio_between(*rates)
    assert (ratio.low, ratio.high) == pytest.approx(((b - reach) / a, (b + reach) / a), rel=1e-12)


def test_no_positives_now() -> None:
    change, ratio = change_between(NONE_FOUND, BEFORE), ratio_between(NONE_FOUND, BEFORE)
    assert (change.low, change.high) == pytest.approx((-0.006, -0.004 + math.hypot(0.002, 0.001)))
    assert (ratio.ratio, ratio.relative_change, ratio.low) == (0.0, -1.0, 0.0)
    assert ratio.high == pytest.approx(0.002 / math.sqrt(0.003 * 0.005))
    assert ratio.is_beyond_error


def test_no_positives_before() -> None:
    ratio = ratio_between(NOW, NONE_FOUND)
    assert (ratio.ratio, ratio.relative_change, ratio.high) == (None, None, math.inf)
    assert ratio.low == pytest.approx(math.sqrt(0.004 * 0.008) / 0.002)


def test_no_positives_in_either_period_says_nothing_of_the_ratio() -> None:
    change, ratio = change_between(NONE_FOUND, NONE_FOUND), ratio_between(NONE_FOUND, NONE_FOUND)
    assert (change.difference, change.low, change.high) == (0.0, -0.002, 0.002)
    assert (ratio.ratio, ratio.low, ratio.high) == (None, 0.0, math.inf)


def test_a_census_has_no_width_and_a_census_of_nothing_no_ratio() -> None:
    exact, zero = RateEstimate(0.01, 0.01, 0.01), RateEstimate(0.0, 0.0, 0.0)
    ratio = ratio_between(exact, RateEstimate(0.03, 0.03, 0.03))
    assert (ratio.low, ratio.high) == pytest.approx((1 / 3, 1 / 3))
    assert ratio_between(zero, zero).high == math.inf
    assert ratio_between(exact, zero).ratio is None


@pytest.mark.parametrize(
    "limits", [(0.1, 0.2, 0.3), (0.01, 0.0, 0.005), (float("nan"), 0.0, 1.0), (0.1, 0.0, math.inf)]
)
def test_a_share_outside_its_limits_is_refused(limits: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"ci_low|outside its interval"):
        RateEstimate(*limits)


def test_what_has_no_ratio_is_refused() -> None:
    with pytest.raises(ValueError, match="cut it off at 0"):
        ratio_between(RateEstimate(0.01, -0.01, 0.02), BEFORE)
    for function in (change_between, ratio_between):
        for correlation in (1.2, -1.2):
            with pytest.raises(ValueError, match="correlation must be"):
                function(NOW, BEFORE, correlation=correlation)


N_UNITS, N_REPLICATES = 2_000, 4_000


def _rates(prevalence: float, random: np.random.Generator) -> list[RateEstimate]:
    """Simple random samples with Jeffreys intervals, which cover well on average however few positives there are."""
    counts = random.binomial(N_UNITS, prevalence, size=N_REPLICATES)
    seen = np.arange(counts.max() + 1)
    low = np.where(seen > 0, stats.beta.ppf(0.025, seen + 0.5, N_UNITS - seen + 0.5), 0.0)
    high = stats.beta.isf(0.025, seen + 0.5, N_UNITS - seen + 0.5)
    return [RateEstimate(count / N_UNITS, low[count], high[count]) for count in counts]


@pytest.mark.parametrize(("before", "now"), [(0.004, 0.006), (0.002, 0.002), (0.010, 0.003)])
@pytest.mark.slow
def test_coverage_with_few_positives_in_each_period(before: float, now: float) -> None:
    random = np.random.default_rng(8)
    pairs = list(zip(_rates(now, random), _rates(before, random), strict=True))
    changes, ratios = [change_between(*pair) for pair in pairs], [ratio_between(*pair) for pair in pairs]
    for covered in (
        np.mean([change.low <= now - before <= change.high for change in changes]),
        np.mean([ratio.low <= now / before <= ratio.high for ratio in ratios]),
    ):
        assert 0.94 < covered < 0.972
    # the skew sits on the right side: neither end is missed far more often than the other
    missed = [np.mean([c.low > now - before for c in changes]), np.mean([c.high < now - before for c in changes])]
    assert max(missed) < 0.04
