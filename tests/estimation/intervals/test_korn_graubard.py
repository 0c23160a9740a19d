"""The rule of three with the effective sample size, by hand; the interval itself is held against R elsewhere."""

import pytest
from scipy import stats

from lib.estimation.intervals.korn_graubard import korn_graubard, korn_graubard_without_positives


def test_without_positives_the_limit_is_the_rule_of_three() -> None:
    # n - 1 = 299 degrees of freedom of both quantiles: no correction, 1 - .025^(1/200)
    limit = korn_graubard_without_positives(200.0, degrees_of_freedom=299.0, n=300.0, level=0.95)
    assert limit == pytest.approx(1 - 0.025 ** (1 / 200), rel=1e-12)
    assert korn_graubard_without_positives(200.0, degrees_of_freedom=299.0, n=300.0, level=0.8) == pytest.approx(
        1 - 0.1 ** (1 / 200), rel=1e-12
    )


def test_few_degrees_of_freedom_make_the_sample_smaller() -> None:
    few, many = stats.t.isf(0.025, 9), stats.t.isf(0.025, 99)
    limit = korn_graubard_without_positives(50.0, degrees_of_freedom=9.0, n=100.0, level=0.95)
    assert limit == pytest.approx(1 - 0.025 ** (1 / (50 * (many / few) ** 2)), rel=1e-12)
    # a single unit counts as one degree of freedom
    alone = korn_graubard_without_positives(1.0, degrees_of_freedom=1.0, n=1.0, level=0.95)
    assert alone == pytest.approx(0.975, rel=1e-12)


def test_counts_too_small_or_too_large_for_the_quantile_give_zero_and_one() -> None:
    low, high = korn_graubard(1e-300, 0.5, degrees_of_freedom=5.0, n=6.0, level=0.95)
    assert low == 0.0
    assert 0.0 < high <= 1.0
    low, high = korn_graubard(1.0 - 1e-16, 0.5, degrees_of_freedom=5.0, n=6.0, level=0.95)
    assert 0.0 <= low < 1.0
    assert high == 1.0
