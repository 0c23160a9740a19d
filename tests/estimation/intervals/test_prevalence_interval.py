"""Intervals against R's survey, their order and range, and days without violations."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.estimation.estimators import EstimatorName, PrevalenceEstimate, estimate_prevalence
from lib.estimation.intervals.gamma import gamma, gamma_mid_p
from lib.estimation.intervals.korn_graubard import korn_graubard
from lib.estimation.intervals.logit import logit
from lib.estimation.intervals.prevalence_interval import (
    INTERVAL_METHODS,
    IntervalMethod,
    confidence_interval,
    unseen_limit,
)
from lib.estimation.intervals.split_gamma import WeightedCount, next_missed_weight, next_weight, split_gamma
from lib.estimation.intervals.violation_weights import ViolationWeights
from lib.estimation.intervals.wald import wald
from lib.estimation.intervals.wilson import wilson
from lib.estimation.ladder_moments import LadderMoments
from tests.estimation.populations import confirmed_but_never_viewed
from tests.estimation.references import oracle_results

NAN = float("nan")
EXPECTED = oracle_results("proportion_interval_expected.json")
METHOD_OF: dict[str, IntervalMethod] = {
    "mean": "wald",
    "xlogit": "logit",
    "wilson": "wilson",
    "beta": "korn_graubard",
}


def sampled(
    verdict: list[float], probability: float | list[float] = 0.1, largest_weight: float | None = None
) -> LadderMoments:
    size = len(verdict)
    return LadderMoments.from_units(
        exposure=np.ones(size),
        verdicts=[verdict],
        probabilities=[np.broadcast_to(probability, size)],
        population_size=1_000,
        exposure_total=1_000.0,
        largest_weight=largest_weight,
    )


def of_summary(sample: str) -> PrevalenceEstimate:
    """The estimate that R's interval was computed from."""
    record = EXPECTED[f"c04_ci.{sample}.summary"]
    rate, variance = record["estimate"], record["var"]
    return PrevalenceEstimate(
        estimator="hajek",
        prevalence=rate,
        variance=variance,
        std_error=variance**0.5,
        exposure_coefficient=rate,
        score_coefficient=0.0,
        lambdas=(),
        effective_sample_size=rate * (1 - rate) / variance,
        n=(record["n"],),
        n_positive=(record["n_positive"],),
        degrees_of_freedom=record["df"],
    )


REFERENCES = [record_id for record_id in EXPECTED if record_id.split(".")[2] in METHOD_OF]


@pytest.mark.parametrize("record_id", REFERENCES)
def test_limits_match_r_survey(record_id: str) -> None:
    record = EXPECTED[record_id]
    _, sample, method = record_id.split(".")[:3]
    interval = confidence_interval(
        of_summary(sample), sampled([1, 0, 0]), method=METHOD_OF[method], level=record["level"]
    )
    assert interval.low == pytest.approx(max(0.0, record["ci_low"]), rel=record["rel_tol"])
    assert interval.high == pytest.approx(record["ci_high"], rel=record["rel_tol"])


def test_the_effective_sample_size_is_not_capped() -> None:
    capped = EXPECTED["c04_ci.clus_x1_n240.kg_nchs.0.9"]
    interval = confidence_interval(of_summary("clus_x1_n240"), sampled([1, 0, 0]), level=0.9)
    assert interval.high != pytest.approx(capped["ci_high"], rel=1e-3)


@settings(max_examples=200, deadline=None)
@given(
    method=st.sampled_from(INTERVAL_METHODS),
    rate=st.floats(-0.2, 1.2),
    std_error=st.floats(1e-12, 0.5),
    n=st.integers(1, 5_000),
    n_positive=st.integers(0, 3),
    level=st.floats(0.5, 0.999),
)
@pytest.mark.slow
def test_limits_are_ordered_and_inside_the_unit_interval(
    *, method: IntervalMethod, rate: float, std_error: float, n: int, n_positive: int, level: float
) -> None:
    variance = std_error**2
    estimate = replace(
        of_summary("srs_x1_n400"),
        prevalence=rate,
        variance=variance,
        std_error=std_error,
        effective_sample_size=rate * (1 - rate) / variance if 0 < rate < 1 else None,
        n=(n,),
        n_positive=(n_positive,),
        degrees_of_freedom=max(1, n - 1),
    )
    interval = confidence_interval(estimate, sampled([1, 0, 0]), method=method, level=level)
    assert 0.0 <= interval.low <= estimate.published <= interval.high <= 1.0
    assert interval.high > 0.0


@pytest.mark.parametrize("method", INTERVAL_METHODS)
def test_zero_positives_give_an_upper_limit(method: IntervalMethod) -> None:
    moments = sampled([0] * 100)
    interval = confidence_interval(estimate_prevalence(moments), moments, method=method)
    # 100 of 1,000 units, each standing for 10: k = 0.01
    assert interval.low == 0.0
    assert interval.high == pytest.approx(-0.01 * np.log(0.025), rel=1e-12)


def test_the_zero_positive_limit_holds_its_level() -> None:
    """At R = U, a Poisson sample sees no violation with probability at most α/2."""
    moments = sampled([0] * 100)
    n_violations = int(np.ceil(1_000 * unseen_limit(moments, 0.025)))
    assert (1 - 0.1) ** n_violations <= 0.025


def test_a_census_is_exact_and_a_full_sample_by_chance_is_not() -> None:
    verdict = [1.0] * 5 + [0.0] * 995
    census, by_chance = sampled(verdict, 1.0), sampled(verdict, 0.999)
    interval = confidence_interval(estimate_prevalence(census), census)
    assert (interval.low, interval.high) == (0.005, 0.005)
    assert not by_chance.is_census
    assert confidence_interval(estimate_prevalence(by_chance), by_chance).high > 0.005


def test_a_census_without_violations_is_zero() -> None:
    census = sampled([0.0] * 1_000, 1.0)
    interval = confidence_interval(estimate_prevalence(census), census)
    assert (interval.low, interval.high) == (0.0, 0.0)


def test_violations_seen_with_certainty_still_leave_room_for_unseen_ones() -> None:
    moments = sampled([1.0] * 5 + [0.0] * 95, [1.0] * 5 + [0.1] * 95)
    estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
    assert estimate.variance == 0.0
    interval = confidence_interval(estimate, moments)
    assert interval.high == pytest.approx(0.005 - 0.01 * np.log(0.025))


def test_all_positive_mirrors_zero_positives() -> None:
    moments = sampled([1] * 100)
    interval = confidence_interval(estimate_prevalence(moments, estimator="hajek"), moments)
    assert interval.high == 1.0
    assert interval.low == pytest.approx(1 + 0.01 * np.log(0.025))


def test_no_positive_on_the_last_rung_gives_a_lower_limit_of_zero() -> None:
    moments = LadderMoments.from_units(
        exposure=np.ones(60),
        verdicts=[[1.0] * 20 + [0.0] * 40, [np.nan] * 17 + [0.0] * 3 + [np.nan] * 40],
        probabilities=[np.full(60, 0.5), np.full(60, 0.25)],
        population_size=120,
        exposure_total=120.0,
    )
    estimate = estimate_prevalence(moments)
    interval = confidence_interval(estimate, moments)
    assert estimate.prevalence > 0.0
    assert interval.low == 0.0
    assert interval.high > estimate.published


@pytest.mark.parametrize("estimator", ["horvitz_thompson", "hajek", "regression"])
def test_a_positive_without_exposure_says_no_more_than_none(estimator: EstimatorName) -> None:
    totals = {"population_size": 300, "exposure_total": 600.0, "score_total": 90.0}
    moments = LadderMoments.from_units(**confirmed_but_never_viewed() | totals)
    estimate = estimate_prevalence(moments, estimator=estimator)
    assert estimate.n_positive == (2, 1)
    # Nothing but rounding may be left of such an estimate, to either side of 0.
    noise = [replace(estimate, prevalence=p, variance=1e-42, std_error=1e-21) for p in (-6e-22, 6e-22)]
    noise[1] = replace(noise[1], effective_sample_size=6e-22 / 1e-42)
    for found in (estimate, *noise):
        interval = confidence_interval(found, moments)
        assert interval.low == 0.0
        assert interval.high > 0.999_999 * unseen_limit(moments, 0.025) > 0.0


def test_wrong_arguments_are_refused() -> None:
    moments = sampled([0] * 10, largest_weight=0.0)
    estimate = estimate_prevalence(moments)
    with pytest.raises(ValueError, match="largest_weight"):
        confidence_interval(estimate, moments)
    for level in (95.0, 1.0, 0.0):
        with pytest.raises(ValueError, match="level"):
            confidence_interval(estimate, moments, level=level)
    with pytest.raises(ValueError, match="korn_graubard"):
        confidence_interval(estimate, moments, method="exact")  # type: ignore[arg-type]


def test_each_method_is_given_its_own_figures() -> None:
    moments = sampled([1.0] * 12 + [0.0] * 88, [0.1] * 50 + [0.2] * 50)
    estimate = estimate_prevalence(moments, estimator="hajek")
    rate, error, freedom = estimate.prevalence, estimate.std_error, estimate.degrees_of_freedom
    next_weight = moments.largest_weight / 1_000.0
    for level in (0.8, 0.95):
        common: dict[str, float] = {"degrees_of_freedom": freedom, "level": level}
        expected = {
            "wald": wald(rate, error, **common),
            "logit": logit(rate, error, **common),
            "wilson": wilson(rate, error, **common),
            "korn_graubard": korn_graubard(rate, error, n=100, **common),
            "gamma": gamma(rate, estimate.variance, next_weight=next_weight, level=level),
            "gamma_mid_p": gamma_mid_p(rate, estimate.variance, next_weight=next_weight, level=level),
        }
        for method, limits in expected.items():
            interval = confidence_interval(estimate, moments, method=method, level=level)  # type: ignore[arg-type]
            assert (interval.low, interval.high) == pytest.approx(limits, rel=1e-12), method
            assert (interval.method, interval.level) == (method, level)


def test_violations_that_the_llm_all_missed_leave_nothing_expected() -> None:
    """Two units audited at 1/2: the labeler passed both and one is violating, with x/P = .4 of an exposure of 40."""
    moments = LadderMoments.from_units(
        exposure=np.full(40, 0.1),
        score=np.full(40, 0.1),
        verdicts=[np.zeros(40), np.where(np.arange(40) < 1, 1.0, np.where(np.arange(40) < 20, 0.0, NAN))],
        probabilities=[np.full(40, 0.5), np.full(40, 0.25)],
        population_size=400,
        exposure_total=40.0,
        score_total=4.0,
    )
    estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
    weights, whole = ViolationWeights.of(moments), 40.0
    k = next_weight(weights.drawn / whole, weights.by_score / whole, rate=0.01, n_positive=1, n_rungs=2)
    k_missed = next_missed_weight(weights.missed / whole, rate=0.01, n_positive=1, n_rungs=2)
    missed_variance = min(estimate.variance, (0.4 / whole) ** 2)
    expected = split_gamma(
        0.01,
        WeightedCount(0.0, 0.0, k),
        WeightedCount(0.01, missed_variance, k_missed),
        variance=estimate.variance,
        level=0.95,
    )
    interval = confidence_interval(estimate, moments, method="split_gamma")
    assert estimate.prevalence == pytest.approx(0.01)
    assert (interval.low, interval.high) == pytest.approx(expected, rel=1e-12)
