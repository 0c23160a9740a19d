"""What the interval by expected and missed violations is given: the parts of a sample, by hand from its units."""

import numpy as np
import pytest

from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.prevalence_interval import confidence_interval, unseen_limit
from lib.estimation.intervals.split_gamma import WeightedCount, next_missed_weight, next_weight, split_gamma
from lib.estimation.intervals.violation_weights import ViolationWeights
from lib.estimation.ladder_moments import LadderMoments

X = np.array([1.0, 2.0, 1.0, 3.0, 2.0, 1.0, 4.0, 1.0] * 5)
SCORE = np.array([0.5, 0.1, 0.1, 0.9, 0.3, 0.2, 0.1, 0.4] * 5)
P = np.array([0.5, 0.2, 0.1, 0.8, 0.4, 0.2, 0.3, 0.4] * 5)
LLM = (np.arange(40) % 8 == 0).astype(float)
HUMAN = np.where(np.arange(40) % 3 == 0, np.nan, np.isin(np.arange(40), [0, 1, 8, 16, 22, 32]).astype(float))
WHOLE = 500.0


def moments(*verdicts: FloatArray) -> LadderMoments:
    return LadderMoments.from_units(
        exposure=X,
        score=SCORE,
        verdicts=list(verdicts),
        probabilities=[P, P / 2][: len(verdicts)],
        population_size=300,
        exposure_total=WHOLE,
        score_total=120.0,
    )


@pytest.mark.parametrize(("estimator", "level"), [("difference", 0.8), ("difference", 0.95), ("hajek", 0.95)])
def test_with_one_rung_all_violations_are_expected(estimator: EstimatorName, level: float) -> None:
    one = moments(LLM)
    estimate, weights = estimate_prevalence(one, estimator=estimator), ViolationWeights.of(one)
    share = (X * LLM / P) / WHOLE
    k = next_weight(weights.drawn / WHOLE, weights.by_score / WHOLE, rate=estimate.prevalence, n_positive=5, n_rungs=1)
    squares = float(share @ share)
    assert (squares < estimate.variance) == (estimator == "difference")  # the score is a poor one
    expected = split_gamma(
        estimate.prevalence,
        WeightedCount(float(share.sum()), min(squares, estimate.variance), k),
        WeightedCount(0.0, 0.0, 0.0),
        variance=estimate.variance,
        level=level,
    )
    found = confidence_interval(estimate, one, method="split_gamma", level=level)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_with_two_rungs_those_that_the_llm_missed_stand_apart(level: float) -> None:
    two = moments(LLM, HUMAN)
    estimate, weights = estimate_prevalence(two, estimator="regression"), ViolationWeights.of(two)
    rate, n_positive = estimate.prevalence, int(np.nansum(HUMAN))
    share = X * np.nan_to_num(HUMAN) / (P / 2) / WHOLE
    found_share, missed_share = share * LLM, share * (1 - LLM)
    assert 0 < np.count_nonzero(missed_share) < n_positive
    missed_square = min(estimate.variance, float(missed_share @ missed_share))
    found_square = min(estimate.variance - missed_square, float(found_share @ found_share))
    k = next_weight(weights.drawn / WHOLE, weights.by_score / WHOLE, rate=rate, n_positive=n_positive, n_rungs=2)
    k_missed = next_missed_weight(weights.missed / WHOLE, rate=rate, n_positive=n_positive, n_rungs=2)
    expected = split_gamma(
        rate,
        WeightedCount(float(found_share.sum()), found_square, k),
        WeightedCount(float(missed_share.sum()), missed_square, k_missed),
        variance=estimate.variance,
        level=level,
    )
    interval = confidence_interval(estimate, two, method="split_gamma", level=level)
    assert (interval.low, interval.high) == pytest.approx(expected, rel=1e-12)


def test_an_estimate_above_one_reaches_down_as_far_as_its_error() -> None:
    two = moments(np.ones(40), np.where(np.isnan(HUMAN), np.nan, 1.0))
    estimate = estimate_prevalence(two, estimator="horvitz_thompson")
    assert estimate.published < 1.0 or estimate.effective_sample_size is None
    census_like = LadderMoments.from_units(
        exposure=np.ones(6),
        verdicts=[[1, 1, 1, 1, 1, 0]],
        probabilities=[[0.5, 0.4, 0.5, 0.4, 0.5, 0.5]],
        population_size=10,
        exposure_total=10.0,
    )
    above = estimate_prevalence(census_like, estimator="horvitz_thompson")
    assert above.prevalence == pytest.approx(1.1)
    assert above.effective_sample_size is None
    reach = max(2.5705818366 * above.std_error, unseen_limit(census_like, 0.025))  # t on 5 degrees of freedom
    interval = confidence_interval(above, census_like)
    assert (interval.low, interval.high) == (pytest.approx(max(0.0, 1.0 - reach)), 1.0)
