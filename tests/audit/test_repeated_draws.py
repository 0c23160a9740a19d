"""Many samples at once are samples of the design: probabilities, sizes, unbiased totals, exact variances."""

import numpy as np
import pytest

from lib.audit.repeated_draws import bernoulli_trials, repeated_bottom_k, repeated_poisson
from lib.audit.size_measure import defensive_size_measure
from lib.sampling.array_selection import bottom_k
from tests.audit.populations import heavy_tailed, totals, z_score

N_REPLICATES = 2000


@pytest.mark.slow
def test_trials_succeed_as_often_as_they_should() -> None:
    probability = np.array([0.0, 1e-4, 0.003, 0.01, 0.013, 0.24, 0.26, 0.31, 0.6, 1.0])
    n_replicates = 200_000
    replicate, unit = bernoulli_trials(probability, n_replicates, np.random.default_rng(1))
    found = np.bincount(unit, minlength=probability.size)
    error = np.sqrt(n_replicates * probability * (1.0 - probability))
    assert found[0] == 0
    assert found[-1] == n_replicates
    assert np.abs((found - n_replicates * probability)[1:-1] / error[1:-1]).max() < 4.0
    assert np.unique(replicate * probability.size + unit).size == unit.size  # no trial succeeds twice
    for name in range(1, probability.size):  # successes do not gather in some replicates
        assert replicate[unit == name].mean() == pytest.approx(n_replicates / 2, rel=0.35 if name == 1 else 0.05)


def test_poisson_draws_every_unit_with_its_own_probability() -> None:
    size_measure = np.concatenate([np.full(5, 40.0), np.random.default_rng(2).lognormal(size=295)])
    draws = repeated_poisson(size_measure, 40, N_REPLICATES, np.random.default_rng(3))
    found = np.bincount(draws.unit, minlength=300) / N_REPLICATES
    probability = np.zeros(300)
    probability[draws.unit] = draws.inclusion_probability
    assert probability.sum() == pytest.approx(40.0, rel=1e-9)  # every unit turns up in 2,000 samples
    assert probability[:5] == pytest.approx(1.0)
    assert found[:5] == pytest.approx(1.0)
    error = np.sqrt(probability * (1.0 - probability) / N_REPLICATES)
    is_random = error > 0.0
    assert np.abs((found - probability)[is_random] / error[is_random]).max() < 4.5
    sizes = np.bincount(draws.replicate, minlength=N_REPLICATES)
    assert sizes.var() == pytest.approx(float((probability * (1.0 - probability)).sum()), rel=0.15)


@pytest.mark.slow
def test_bottom_k_draws_exactly_n_units_once_each() -> None:
    population = heavy_tailed(3000)
    draws = repeated_bottom_k(defensive_size_measure(population), 150, 300, np.random.default_rng(4))
    assert np.bincount(draws.replicate).tolist() == [150] * 300
    assert np.unique(draws.replicate * 3000 + draws.unit).size == draws.unit.size
    assert draws.inclusion_probability.max() <= 1.0


@pytest.mark.parametrize("draw", [repeated_bottom_k, repeated_poisson])
@pytest.mark.slow
def test_weighted_totals_are_unbiased(draw: object) -> None:
    population = heavy_tailed(3000)
    draws = draw(defensive_size_measure(population), 150, N_REPLICATES, np.random.default_rng(6))  # type: ignore[operator]
    for values in (np.ones(3000), population.exposures["views"], population.verdicts[-1]):
        assert abs(z_score(totals(draws, values), values.sum())) < 4.0


@pytest.mark.slow
def test_the_nominal_probability_of_a_weighted_reservoir_would_be_found_out() -> None:
    size_measure = np.random.default_rng(2).lognormal(sigma=1.5, size=200)
    draws = repeated_bottom_k(size_measure, 60, N_REPLICATES, np.random.default_rng(6))
    assert abs(z_score(totals(draws, np.ones(200)), 200.0)) < 4.0
    nominal = np.minimum(1.0, 60 * size_measure / size_measure.sum())
    wrong = np.bincount(draws.replicate, weights=1.0 / nominal[draws.unit], minlength=N_REPLICATES)
    assert abs(z_score(wrong, 200.0)) > 20.0


@pytest.mark.slow
def test_bottom_k_is_the_draw_of_the_library_over_many_random_numbers() -> None:
    random = np.random.default_rng(7)
    size_measure = random.lognormal(sigma=1.5, size=60)
    draws = repeated_bottom_k(size_measure, 4, N_REPLICATES, random)
    names, stratum = np.arange(60).astype(str).astype(object), np.full(60, "all", dtype=object)
    counts, chances = np.zeros(60), []
    for _ in range(N_REPLICATES):
        one = bottom_k(size_measure, random.random(60), unit_ids=names, stratum=stratum, sample_sizes={"all": 4})
        counts[one.drawn] += 1.0
        chances.append(one.inclusion_probability)
    found = np.bincount(draws.unit, minlength=60)
    error = np.sqrt(np.maximum(1.0, found + counts))
    assert np.abs((found - counts) / error).max() < 4.0
    levels = np.linspace(0.05, 0.95, 10)
    expected = np.quantile(np.concatenate(chances), levels)
    assert np.quantile(draws.inclusion_probability, levels) == pytest.approx(expected, rel=0.08)


def test_a_population_with_nothing_left_to_rank_is_refused() -> None:
    with pytest.raises(ValueError, match="A population of 60 units is too small to audit samples of 50"):
        repeated_bottom_k(np.ones(60), 50, 10, np.random.default_rng(1))
