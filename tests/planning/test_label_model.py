"""Probabilities of verdicts, measured error rates, predicted disagreement."""

import numpy as np
import pytest

from lib.planning.day_plan import CLIMBING, UNSCORED
from lib.planning.label_model import (
    ErrorRates,
    LabelPairs,
    disagreement,
    measured_error_rates,
    outcome_probabilities,
    outcomes,
)
from lib.sampling import rungs

ASSUMED = ErrorRates(0.8, 0.995)


def test_probabilities_of_two_rungs_by_hand() -> None:
    found = outcome_probabilities(np.array([0.1]), [ErrorRates(0.8, 0.9)])[:, 0]
    expected = {(0, 0): 0.9 * 0.9, (0, 1): 0.1 * 0.2, (1, 0): 0.9 * 0.1, (1, 1): 0.1 * 0.8}
    assert dict(zip(outcomes(2), found, strict=True)) == pytest.approx(expected)


def test_the_highest_rung_violates_as_the_score_says_and_all_probabilities_sum_to_one() -> None:
    risk = np.array([0.0, 0.001, 0.3, 1.0])
    found = outcome_probabilities(risk, [ErrorRates(0.8, 0.9), ErrorRates(0.95, 0.999)])
    assert found.sum(axis=0) == pytest.approx(np.ones(4))
    top = np.array([verdicts[-1] for verdicts in outcomes(3)])
    assert top @ found == pytest.approx(risk)


def test_measured_rates_are_weighted_and_drawn_towards_the_assumed_ones() -> None:
    # Ten equal units of weight 3 that violate, six of them found; n_eff = 10.
    pairs = LabelPairs(18.0, 12.0, 5.0, 995.0, 10 * 9.0, 1000.0)
    found = measured_error_rates(pairs, ASSUMED, prior_size=20.0)
    assert found.sensitivity == pytest.approx((10 * 0.6 + 20 * 0.8) / 30)
    assert found.specificity == pytest.approx((1000 * 0.995 + 20 * 0.995) / 1020)


def test_without_labels_the_rates_are_the_assumed_ones() -> None:
    assert measured_error_rates(LabelPairs(0, 0, 0, 0, 0, 0), ASSUMED, prior_size=20.0) == ASSUMED


def test_disagreement_is_bayes_rule() -> None:
    score = np.array([0.0, 0.01, 1.0])
    assert disagreement(score, 0, ASSUMED) == pytest.approx([0.0, 0.002 / (0.002 + 0.99 * 0.995), 1.0])
    assert disagreement(score, 1, ASSUMED) == pytest.approx([1.0, 0.99 * 0.005 / (0.99 * 0.005 + 0.008), 0.0])


def test_the_climb_is_planned_with_the_constants_that_steer_it() -> None:
    assert CLIMBING.error_rates == ErrorRates(rungs._ASSUMED_SENSITIVITY, rungs._ASSUMED_SPECIFICITY)
    assert CLIMBING.uniform_share == rungs._UNIFORM_SHARE
    assert UNSCORED == rungs._UNSCORED
