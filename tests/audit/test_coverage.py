"""What the audit says of estimators and intervals: by hand, on a census, and where the answer is known."""

import numpy as np
import pytest

from lib.audit.coverage import audit, simple_random_variance
from lib.audit.repeated_draws import repeated_poisson
from lib.audit.repeated_ladder import climb, ladder_moments
from lib.audit.size_measure import defensive_size_measure
from lib.estimation.ladder_moments import LadderMoments
from tests.audit.populations import heavy_tailed


def _sample(n_positive: int, *, n: int = 100, p: float = 0.01) -> LadderMoments:
    """`n` units of a population of n/p with equal probabilities, some of them violating."""
    verdict = np.zeros(n)
    verdict[:n_positive] = 1.0
    return LadderMoments.from_units(
        exposure=np.ones(n), verdicts=[verdict], probabilities=[np.full(n, p)],
        population_size=n / p, exposure_total=n / p,
    )  # fmt: skip


def test_figures_are_those_computed_by_hand() -> None:
    counts = np.array([4, 5, 6, 5])
    figures = audit(
        [_sample(int(k)) for k in counts],
        truth=0.084,
        simple_random_variance=0.084 * 0.916,
        estimator="hajek",
        methods=("wald",),
        level=0.95,
    )
    rates = counts / 100
    spread = np.sqrt(2 / 3) / 100
    # V̂ = (1 - p)·R̂(1 - R̂)/n for equal probabilities; t with 99 degrees of freedom has the 97.5 % point 1.98422
    variances = 0.99 * rates * (1 - rates) / 100
    reach = 1.9842169515 * np.sqrt(variances)
    assert figures.relative_bias == pytest.approx(0.05 / 0.084 - 1)
    assert figures.bias_in_errors == pytest.approx((0.05 - 0.084) / (spread / 2))
    assert figures.relative_std_error == pytest.approx(spread / 0.084)
    assert figures.variance_ratio == pytest.approx(variances.mean() / spread**2)
    assert (figures.n_labels, figures.n_positives) == (100.0, 5.0)
    assert figures.gain == pytest.approx(0.084 * 0.916 / 100 / spread**2)
    (wald,) = figures.intervals
    assert (rates + reach > 0.084).tolist() == [False, True, True, True]
    assert (wald.coverage, wald.miss_low, wald.miss_high) == (0.75, 0.0, 0.25)
    assert wald.simulation_error == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    # Low limits below 0 are cut off; the width in units of Wald's uses z, not t.
    width = (rates + reach - np.maximum(0.0, rates - reach)).mean()
    assert wald.width_to_wald == pytest.approx(width / (2 * 1.9599639845 * np.sqrt(variances).mean()))


def test_intervals_that_lie_above_the_truth_are_counted_on_their_side() -> None:
    figures = audit(
        [_sample(5), _sample(50)],
        truth=0.05,
        simple_random_variance=1.0,
        estimator="hajek",
        methods=("wald",),
        level=0.95,
    )
    assert (figures.intervals[0].miss_low, figures.intervals[0].miss_high) == (0.5, 0.0)


def test_a_census_has_no_error_and_nothing_to_divide_by() -> None:
    figures = audit(
        [_sample(7, p=1.0)] * 3,
        truth=0.07 * (1 + 1e-15),
        simple_random_variance=0.07 * 0.93,
        estimator="regression",
        methods=("split_gamma", "wald"),
        level=0.95,
    )
    assert [interval.coverage for interval in figures.intervals] == [1.0, 1.0]
    assert np.isnan([figures.variance_ratio, figures.gain, figures.intervals[0].width_to_wald]).all()


def test_variance_of_simple_random_sampling() -> None:
    verdict = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    assert simple_random_variance(np.full(5, 3.0), verdict) == pytest.approx(0.4 * 0.6)
    # x/X̄ = (1, 0, 2), R = 2/3: (1·(2/3)² + 0 + 4·(1/3)²)/3
    assert simple_random_variance(np.array([2.0, 0.0, 4.0]), np.array([0.0, 1.0, 1.0])) == pytest.approx(8 / 27)


@pytest.mark.slow
def test_a_design_that_works_is_found_to_work_and_a_poor_interval_is_found_out() -> None:
    population = heavy_tailed(40_000, prevalence=0.01)
    random = np.random.default_rng(12)
    draws = repeated_poisson(defensive_size_measure(population), 500, 400, random)
    ladder = climb(population, draws, rung_sizes=[150], random=random)
    figures = audit(
        ladder_moments(population, ladder, measure="units"),
        truth=population.prevalence("units"),
        simple_random_variance=simple_random_variance(population.exposures["units"], population.verdicts[-1]),
        estimator="horvitz_thompson",
        methods=("split_gamma", "wald"),
        level=0.95,
    )
    # λ = 1 without any tuning: unbiased, and its variance estimate too.
    assert abs(figures.bias_in_errors) < 3.5
    assert figures.variance_ratio == pytest.approx(1.0, abs=0.35)
    assert figures.n_labels == pytest.approx(150, rel=0.02)
    split, wald = figures.intervals
    assert split.coverage > 0.93
    assert wald.coverage < split.coverage - 0.02
    assert wald.miss_high > wald.miss_low
