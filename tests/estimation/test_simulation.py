"""Bias and variance over repeated Poisson samples of heavy-tailed populations with an imperfect LLM."""

from functools import cache

import numpy as np
import pytest

from lib.estimation.estimators import ESTIMATORS, EstimatorName, estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments
from tests.estimation.populations import Population, heavy_tailed_population

pytestmark = pytest.mark.slow

N_REPLICATES = 1_500
POPULATIONS = {
    "one rung": {"sample_sizes": (2_000,)},
    "two rungs": {"sample_sizes": (2_000, 800)},
    "three rungs": {"sample_sizes": (2_500, 1_250, 600), "prevalence": 0.02},
    "two rungs, 8 human positives": {"sample_sizes": (600, 150), "score_strength": 1.0},
    "three rungs, 5 gold positives": {"sample_sizes": (600, 150, 52)},
    "two rungs, specificity 0.8": {"sample_sizes": (1_500, 450), "specificity": 0.8},
    "one rung, overconfident score": {"sample_sizes": (250,), "score_factor": 3.0, "score_strength": 3.0},
    "one rung, score 10 times too high": {"sample_sizes": (600,), "score_factor": 10.0},
}
LARGE = ("one rung", "two rungs", "three rungs")


@cache
def simulated(name: str) -> tuple[Population, list[LadderMoments]]:
    population = heavy_tailed_population(**POPULATIONS[name])  # type: ignore[arg-type]
    random = np.random.default_rng(20_260)
    return population, [population.draw(random) for _ in range(N_REPLICATES)]


@cache
def estimates(name: str, estimator: EstimatorName) -> tuple[np.ndarray, np.ndarray]:
    rows = [estimate_prevalence(moments, estimator=estimator) for moments in simulated(name)[1]]
    return np.array([row.prevalence for row in rows]), np.array([row.variance for row in rows])


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", POPULATIONS)
def test_no_visible_bias(name: str, estimator: EstimatorName) -> None:
    prevalence, _ = estimates(name, estimator)
    simulation_error = prevalence.std(ddof=1) / np.sqrt(N_REPLICATES)
    assert abs(prevalence.mean() - simulated(name)[0].prevalence) < 4 * simulation_error


@pytest.mark.parametrize("estimator", ["hajek", "difference", "regression"])
@pytest.mark.parametrize("name", LARGE)
def test_estimated_variance_is_the_true_one(name: str, estimator: EstimatorName) -> None:
    prevalence, variance = estimates(name, estimator)
    assert 0.9 < variance.mean() / prevalence.var(ddof=1) < 1.1


@pytest.mark.parametrize("name", POPULATIONS)
def test_regression_is_never_much_worse_than_hajek(name: str) -> None:
    regression, hajek = estimates(name, "regression")[0].std(), estimates(name, "hajek")[0].std()
    assert regression < 1.03 * hajek


def test_regression_survives_a_poor_llm() -> None:
    name = "two rungs, specificity 0.8"
    assert estimates(name, "regression")[0].std() < 0.5 * estimates(name, "hajek")[0].std()


def test_the_llm_alone_is_biased() -> None:
    """Negative control: reading the LLM's verdicts as truth misses by far more than the ladder."""
    population, samples = simulated("two rungs, specificity 0.8")
    llm_only = [estimate_prevalence(moments.first_rungs(1)).prevalence for moments in samples[:200]]
    assert np.mean(llm_only) > 5 * population.prevalence
