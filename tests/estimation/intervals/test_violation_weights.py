"""Weights of the next violation: by hand, alike from moments and from units; coverage where weights ignore risk."""

import numpy as np
import pytest

from lib.estimation.estimators import estimate_prevalence
from lib.estimation.intervals.prevalence_interval import confidence_interval
from lib.estimation.intervals.split_gamma import WeightedCount, next_weight, split_gamma
from lib.estimation.intervals.violation_weights import ViolationWeights
from lib.estimation.ladder_moments import LadderMoments

P = np.array([0.5, 0.25, 0.1, 1.0])
X = np.array([1.0, 2.0, 1.0, 3.0])
SCORE = np.array([0.5, 0.0, 0.1, 0.9])
LABEL = np.array([1.0, 0.0, 0.0, 1.0])
# w = 2, 8, 10, 3; 1 - P = .5, .75, .9, 0; Σ w²(1 - P) = 2 + 48 + 90 = 140; Σ w = 23
DRAWN = 140 / 23
# Σ w²(1 - P)s = 1 + 0 + 9 = 10; Σ w s = 1 + 0 + 1 + 2.7 = 4.7
BY_SCORE = 10 / 4.7


def one_rung(score: np.ndarray | None) -> LadderMoments:
    return LadderMoments.from_units(
        exposure=X,
        verdicts=[LABEL],
        probabilities=[P],
        population_size=20,
        exposure_total=30,
        score=score,
        score_total=0.0 if score is None else 5.0,
    )


def test_weights_of_one_rung_by_hand() -> None:
    weights = ViolationWeights.of(one_rung(SCORE))
    assert (weights.drawn, weights.by_score, weights.missed) == pytest.approx((DRAWN, BY_SCORE, 0.0))
    without = ViolationWeights.of(one_rung(None))
    assert (without.drawn, without.by_score) == pytest.approx((DRAWN, DRAWN))


def test_units_give_the_same_weights_as_moments() -> None:
    weights = ViolationWeights.of_units(share=X / P, unseen=1 - P, exposure=X, label=LABEL, score=SCORE)
    assert (weights.drawn, weights.by_score) == pytest.approx((DRAWN, BY_SCORE))


def test_missed_weights_grow_as_the_size_bias_has_it_on_the_first_rung() -> None:
    on_second = np.array([1.0, 0.0, 0.0, 1.0])
    moments = LadderMoments.from_units(
        exposure=X,
        verdicts=[np.array([0.0, 0.0, 0.0, 1.0]), np.where(on_second == 1.0, LABEL, np.nan)],
        probabilities=[P, P * 0.5],
        population_size=20,
        exposure_total=30,
        score=SCORE,
        score_total=5.0,
    )
    # on the second rung one unit was let pass, of weight 4; by score the mean weight of the first is 4.7/1.5
    assert ViolationWeights.of(moments).missed == pytest.approx(4.0 * max(1.0, BY_SCORE / (4.7 / 1.5)))
    plain = ViolationWeights.of(
        LadderMoments.from_units(
            exposure=np.ones(4),
            verdicts=[np.zeros(4), np.array([0.0, 1.0, np.nan, np.nan])],
            probabilities=[np.ones(4), np.full(4, 0.5)],
            population_size=4,
            exposure_total=4,
        )
    )
    assert plain.drawn == 0.0  # all of the first rung is certain: nothing is unseen there
    assert plain.missed == pytest.approx(2.0)


def test_weights_are_in_the_unit_of_exposure() -> None:
    moments = LadderMoments.from_units(
        exposure=X / 100, verdicts=[LABEL], probabilities=[P], population_size=20, exposure_total=0.3, score=SCORE,
        score_total=0.05,
    )  # fmt: skip
    weights = ViolationWeights.of(moments)
    assert (weights.drawn, weights.by_score) == pytest.approx((DRAWN / 100, BY_SCORE / 100))


@pytest.mark.parametrize(
    ("label", "agreement"),
    [
        ([0.0, 0.0, 0.0, 1.0], 1.0),
        ([1.0, 0.0, 0.0, 0.0], 0.0),
        # a mean weight of 3.75, by presumed risk 1.875/1.328125
        ([0.0, 1.0, 0.0, 0.0], (2 - 1.875 / 1.328125) / (3.75 - 1.875 / 1.328125)),
    ],
)
def test_without_a_score_the_violations_found_say_what_the_weights_followed(
    label: list[float], agreement: float
) -> None:
    """Violations as heavy as the mean have nothing to do with the draw; as light as presumed risk, the draw knew."""
    share, unseen = np.array([1.0, 2.0, 4.0, 8.0]), np.full(4, 0.9)
    weights = ViolationWeights.of_units(
        share=share, unseen=unseen, exposure=np.ones(4), label=np.array(label), score=None
    )
    drawn = 0.9 * 85 / 15
    # presumed risk ∝ 1/w²: Σ w²·w⁻² / Σ w·w⁻² = 4 / 1.875
    presumed = 0.9 * 4 / 1.875
    assert weights.drawn == pytest.approx(drawn)
    assert weights.by_score == pytest.approx(presumed + agreement * (drawn - presumed))


def test_a_sample_without_violations_or_exposure_has_finite_weights() -> None:
    nothing = np.zeros(3)
    weights = ViolationWeights.of_units(share=nothing, unseen=np.ones(3), exposure=nothing, label=nothing, score=None)
    assert (weights.drawn, weights.by_score) == (0.0, 0.0)


N_SAMPLES = 1_200


@pytest.mark.parametrize("n_positive", [10, 30])
@pytest.mark.slow
def test_coverage_holds_where_weights_have_nothing_to_do_with_risk(n_positive: int) -> None:
    """Log-normal weights: with the plain mean weight for k the interval covers .92 and .93 only."""
    random = np.random.default_rng([31, n_positive])
    size, n, rate = 30_000, 1_000, n_positive / 1_000
    weight = np.exp(random.normal(size=size))
    truth = (random.random(size) < rate).astype(float)
    p = np.minimum(1.0, n * weight / weight.sum())
    n_covered = n_covered_by_mean = 0
    for _ in range(N_SAMPLES):
        unit = np.flatnonzero(random.random(size) < p)
        moments = LadderMoments.from_units(
            exposure=np.ones(unit.size),
            verdicts=[truth[unit]],
            probabilities=[p[unit]],
            population_size=size,
            exposure_total=float(size),
        )
        estimate = estimate_prevalence(moments, estimator="hajek")
        interval = confidence_interval(estimate, moments)
        n_covered += interval.low <= truth.mean() <= interval.high
        tail = moments.tail
        mean = WeightedCount(
            tail.positive_total / size, min(estimate.variance, tail.positive_square / size**2), tail.mean_weight / size
        )
        low, high = split_gamma(
            estimate.prevalence, mean, WeightedCount(0.0, 0.0, 0.0), variance=estimate.variance, level=0.95
        )
        n_covered_by_mean += low <= truth.mean() <= high
    assert n_covered / N_SAMPLES > 0.945
    assert n_covered_by_mean < n_covered
    assert next_weight(1.0, 1.0, rate=rate, n_positive=n_positive, n_rungs=1) == 1.0
