"""The policy importance with the smallest worst relative error, against other choices and a general search."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize

from lib.sampling.minimax_importance import Pilot, minimax_importance, relative_variances

FloatArray = npt.NDArray[np.float64]
SHARES = np.array([0.5, 0.5])
RATES = (0.02, 0.005, 0.001, 0.0003)


def _population(n_units: int) -> tuple[Pilot, FloatArray]:
    random = np.random.default_rng(1)
    scores = np.stack([random.beta(0.05, 0.05 / rate, n_units) for rate in RATES], axis=1)
    views = random.poisson(3, n_units)
    exposures = np.stack([np.full(n_units, 1 / n_units), views / views.sum()], axis=1)
    return Pilot(np.ones(n_units), exposures, scores * (1 - scores)), scores.T @ exposures


@pytest.fixture(scope="module")
def population() -> tuple[Pilot, FloatArray]:
    return _population(12_000)


def _worst(pilot: Pilot, importance: FloatArray, prevalences: FloatArray) -> float:
    errors = relative_variances(
        pilot, importance, prevalences=prevalences, measure_shares=SHARES, uniform_share=0.2, sample_size=1000
    )
    return float(np.sqrt(errors.max()))


@pytest.mark.slow
def test_the_worst_error_is_what_a_general_search_finds(population: tuple[Pilot, FloatArray]) -> None:
    pilot, prevalences = population
    found = minimax_importance(
        pilot, prevalences=prevalences, measure_shares=SHARES, uniform_share=0.2, sample_size=1000
    )
    assert found.sum() == pytest.approx(1)
    worst = _worst(pilot, found, prevalences)
    inverse_square = 1 / (prevalences @ SHARES) ** 2
    start = np.log(inverse_square / inverse_square.sum())

    def worst_at(point: FloatArray) -> float:
        return _worst(pilot, np.exp(point) / np.exp(point).sum(), prevalences)

    searched = minimize(worst_at, start, method="Nelder-Mead", options={"maxiter": 120}).fun
    assert worst <= searched * 1.01
    assert worst < 0.95 * worst_at(start)
    assert worst < 0.6 * worst_at(np.zeros(4))


@pytest.mark.slow
def test_a_small_pilot_gives_nearly_the_same_worst_error(population: tuple[Pilot, FloatArray]) -> None:
    pilot, prevalences = population
    random = np.random.default_rng(5)
    mixture = pilot.exposures @ SHARES
    steered = mixture * np.sqrt(pilot.variances @ (1 / (prevalences @ SHARES) ** 2))
    chance = np.minimum(1, 3000 * (0.8 * steered / steered.sum() + 0.2 * mixture))
    drawn = random.random(len(chance)) < chance
    small = Pilot(1 / chance[drawn], pilot.exposures[drawn], pilot.variances[drawn])
    arguments = {"prevalences": prevalences, "measure_shares": SHARES, "uniform_share": 0.2, "sample_size": 1000}
    from_pilot, from_all = minimax_importance(small, **arguments), minimax_importance(pilot, **arguments)
    assert _worst(pilot, from_pilot, prevalences) <= 1.05 * _worst(pilot, from_all, prevalences)


def test_scores_without_doubt_leave_the_start(population: tuple[Pilot, FloatArray]) -> None:
    _, prevalences = population
    certain = Pilot(np.ones(4), np.full((4, 2), 0.25), np.zeros((4, 4)))
    found = minimax_importance(
        certain, prevalences=prevalences, measure_shares=SHARES, uniform_share=0.2, sample_size=2
    )
    inverse_square = 1 / (prevalences @ SHARES) ** 2
    assert found == pytest.approx(inverse_square / inverse_square.sum(), abs=1e-8)


def test_relative_variances_by_hand() -> None:
    """Two pilot units that stand for 2 and 4; measures of shares .25 and .75, two policies of importance 1 and 3."""
    pilot = Pilot(np.array([2.0, 4.0]), np.array([[0.1, 0.3], [0.2, 0.1]]), np.array([[0.16, 0.09], [0.25, 0.01]]))
    prevalences = np.array([[0.1, 0.2], [0.05, 0.02]])
    mixture = [0.25 * 0.1 + 0.75 * 0.3, 0.25 * 0.2 + 0.75 * 0.1]
    whole = 2 * mixture[0] + 4 * mixture[1]
    spread = [math.sqrt(0.16 + 3 * 0.09), math.sqrt(0.25 + 3 * 0.01)]
    steered = [m * g for m, g in zip(mixture, spread, strict=True)]
    total = 2 * steered[0] + 4 * steered[1]
    sizes = [0.8 * s / total + 0.2 * m / whole for s, m in zip(steered, mixture, strict=True)]
    for n in (2, 4):  # of 4 draws the first unit is certain
        chance = [min(1.0, n * size) for size in sizes]
        expected = [
            sum(
                share
                * sum(
                    weight * (1 / p - 1) * pilot.exposures[i, j] ** 2 * pilot.variances[i, k]
                    for i, (weight, p) in enumerate(zip((2, 4), chance, strict=True))
                )
                / prevalences[k, j] ** 2
                for j, share in enumerate((0.25, 0.75))
            )
            for k in range(2)
        ]
        found = relative_variances(
            pilot,
            np.array([1.0, 3.0]),
            prevalences=prevalences,
            measure_shares=np.array([0.25, 0.75]),
            uniform_share=0.2,
            sample_size=n,
        )
        assert found == pytest.approx(expected, rel=1e-12)
    assert chance[0] == 1.0
