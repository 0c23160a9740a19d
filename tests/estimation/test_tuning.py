"""Coefficients of the regression estimator: the minimum that they are said to be, found in another way."""

import numpy as np
import pytest

from lib.estimation.functionals import FloatArray
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.ladder_total import LadderForm
from lib.estimation.tuning import hajek_coefficients, tuned_coefficients
from tests.estimation.test_ladder_moments import random_units

TOTALS = {"population_size": 2_000, "exposure_total": 5_000.0, "score_total": 400.0}


def minimum(form: LadderForm) -> FloatArray:
    """Argmin of V̂(θ) + Σ_a (λ_a - 1)²·100·m_a/k_a, from values of this quadratic alone."""
    moments = form.moments

    def objective(theta: FloatArray) -> float:
        value = form.variance(theta)
        for rung in range(2, len(moments.rungs) + 1):
            # label_a and label_{a-1} on rung a stand after label, exposure and score of the first
            own = 3 + 2 * (rung - 2)
            largest = max(moments.products[own, own], moments.products[own + 1, own + 1])
            value += (theta[rung] - 1) ** 2 * 100 * largest / moments.n_positive[rung - 1]
        return value

    start = np.ones(len(moments.rungs) + 1)
    steps = np.eye(start.size)
    at_start = objective(start)
    gradient = np.array([(objective(start + step) - objective(start - step)) / 2 for step in steps])
    curvature = np.array(
        [
            [objective(start + a + b) - objective(start + a) - objective(start + b) + at_start for b in steps]
            for a in steps
        ]
    )
    found: FloatArray = start - np.linalg.solve(curvature, gradient)
    return found


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
def test_tuned_coefficients_are_the_minimum_held_back(n_rungs: int) -> None:
    moments = LadderMoments.from_units(**random_units(7, 400, n_rungs), **TOTALS)
    assert min(moments.n_positive) > 5
    tuned, best, hajek = tuned_coefficients(LadderForm.of(moments)), minimum(LadderForm.of(moments)), moments.sums[:2]
    assert tuned[2:] == pytest.approx(best[2:], rel=1e-6)
    assert n_rungs == 1 or abs(tuned[2] - 1) > 1e-3
    share = moments.n_positive[0] / (moments.n_positive[0] + 30)
    first = tuned[2] if n_rungs > 1 else 1.0  # the first rung's residual is λ2·label_1 - B'a
    expected = share * best[:2] + (1 - share) * np.array([first * hajek[0] / hajek[1], 0.0])
    assert tuned[:2] == pytest.approx(expected, rel=1e-6)


def test_a_rung_without_positives_keeps_its_lambda() -> None:
    units = random_units(7, 200, 3)
    units["verdicts"][2] = np.asarray(units["verdicts"][2], dtype=float) * 0.0
    moments = LadderMoments.from_units(**units, **TOTALS)
    tuned = tuned_coefficients(LadderForm.of(moments))
    assert tuned[3] == 1.0
    assert tuned[2] != 1.0


def test_hajek_coefficients_by_hand() -> None:
    moments = LadderMoments.from_units(
        exposure=[2.0, 3.0], verdicts=[[1, 0], [0, 1]], probabilities=[[0.5, 0.25], [0.1, 0.1]], **TOTALS
    )
    assert hajek_coefficients(moments) == pytest.approx([4 / 16, 0.0, 1.0])
    nobody = LadderMoments.from_units(exposure=[], verdicts=[[]], probabilities=[[]], **TOTALS)
    assert hajek_coefficients(nobody).tolist() == [0.0, 0.0]
