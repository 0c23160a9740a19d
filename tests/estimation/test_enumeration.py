"""Expectations over every possible sample of tiny populations: no simulation error."""

import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from lib.estimation.estimators import estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.ladder_total import LadderForm
from tests.estimation.references import oracle_path

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("population", json.loads(oracle_path("poisson_enumeration.json").read_text())["populations"])
def test_every_poisson_sample_of_a_tiny_population(population: dict[str, list[float]]) -> None:
    p = np.array([float(Fraction(value)) for value in population["inclusion_probability"]])
    y = np.array(population["y"], dtype=float)
    expectation = second = variance = 0.0
    for taken in map(np.array, product([False, True], repeat=p.size)):
        chance = np.prod(np.where(taken, p, 1 - p))
        if chance == 0.0:
            continue
        moments = LadderMoments.from_units(
            exposure=np.ones(taken.sum()),
            verdicts=[y[taken]],
            probabilities=[p[taken]],
            population_size=p.size,
            exposure_total=1.0,
        )
        estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
        expectation += chance * estimate.prevalence
        second += chance * estimate.prevalence**2
        variance += chance * estimate.variance
    truth = population["ht_total"]
    assert expectation == pytest.approx(truth["expectation"], rel=1e-9)
    assert second - expectation**2 == pytest.approx(truth["variance"], rel=1e-9)
    assert variance == pytest.approx(truth["expected_variance_estimate"], rel=1e-9)


TINY_EXPOSURE = np.array([1.0, 5.0, 2.0, 3.0])
TINY_SCORE = np.array([0.2, 0.7, 0.4, 0.1])
TINY_VERDICTS = np.array([[0, 1, 1, 0], [1, 1, 0, 0], [1, 0, 1, 0]])
TINY_CONDITIONAL = np.array([[0.3, 0.8, 0.5, 0.6], [0.5, 0.4, 0.9, 0.7], [0.6, 0.5, 0.3, 1.0]])


def every_ladder_sample(n_rungs: int) -> Iterator[tuple[float, LadderMoments]]:
    """Every outcome of the ladder on four units: the highest rung that each reached, with its chance."""
    cumulative = np.cumprod(TINY_CONDITIONAL[:n_rungs], axis=0)
    for height in map(np.array, product(range(n_rungs + 1), repeat=4)):
        chance = 1.0
        for rung in range(n_rungs):
            q = TINY_CONDITIONAL[rung]
            chance *= float(np.prod(np.where(height > rung, q, np.where(height == rung, 1 - q, 1.0))))
        if chance == 0.0:
            continue
        yield (
            chance,
            LadderMoments.from_units(
                exposure=TINY_EXPOSURE,
                score=TINY_SCORE,
                verdicts=[np.where(height > rung, TINY_VERDICTS[rung], np.nan) for rung in range(n_rungs)],
                probabilities=list(cumulative),
                is_in_domain=height > 0,
                population_size=4,
                exposure_total=TINY_EXPOSURE.sum(),
                score_total=TINY_EXPOSURE @ TINY_SCORE,
            ),
        )


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
@pytest.mark.parametrize("theta", [(0.0, 0.0, 1.0, 1.0), (0.0, 1.0, 1.0, 1.0), (0.3, -0.4, 0.6, 0.2)])
def test_every_ladder_sample_of_four_units(n_rungs: int, theta: tuple[float, ...]) -> None:
    """For fixed B and λ the ladder and its variance estimate are exactly unbiased, whatever the LLM gets wrong."""
    coefficients = np.array(theta[: n_rungs + 1])
    chances, totals, variances = [], [], []
    for chance, moments in every_ladder_sample(n_rungs):
        form = LadderForm.of(moments)
        chances.append(chance)
        totals.append(form.total(coefficients))
        variances.append(form.variance(coefficients))
    assert sum(chances) == pytest.approx(1.0, rel=1e-12)
    expectation = np.dot(chances, totals)
    assert expectation == pytest.approx(TINY_EXPOSURE @ TINY_VERDICTS[n_rungs - 1], rel=1e-11)
    assert np.dot(chances, variances) == pytest.approx(np.dot(chances, (totals - expectation) ** 2), rel=1e-11)
