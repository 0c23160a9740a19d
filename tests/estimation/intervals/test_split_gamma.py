"""The default interval: its parts by hand, its order, and its coverage where others fail."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.audit.coverage import Coverage, audit, simple_random_variance
from lib.audit.population import ScoreKind, synthetic_population
from lib.audit.repeated_draws import repeated_bottom_k
from lib.audit.repeated_ladder import climb, ladder_moments
from lib.audit.size_measure import defensive_size_measure
from lib.estimation.estimators import estimate_prevalence
from lib.estimation.intervals.gamma import gamma_quantile
from lib.estimation.intervals.prevalence_interval import confidence_interval
from lib.estimation.intervals.split_gamma import (
    WeightedCount,
    next_missed_weight,
    next_weight,
    presumed_risk,
    split_gamma,
)
from lib.estimation.ladder_moments import LadderMoments

NOTHING = WeightedCount(0.0, 0.0, 0.0)


def test_one_part_has_gamma_limits_at_three_and_two_per_cent() -> None:
    low, high = split_gamma(0.01, WeightedCount(0.01, 4e-6, 0.002), NOTHING, variance=4e-6, level=0.95)
    assert low == pytest.approx(gamma_quantile(0.03, 0.01, 4e-6))
    assert high == pytest.approx(gamma_quantile(0.98, 0.012, 8e-6))


def test_two_parts_are_joined_by_the_square_root_rule() -> None:
    found, missed = WeightedCount(0.01, 4e-6, 0.001), WeightedCount(0.002, 2e-6, 0.002)
    found_low, found_high = split_gamma(0.01, found, NOTHING, variance=4e-6, level=0.9)
    missed_low, missed_high = split_gamma(0.002, missed, NOTHING, variance=2e-6, level=0.9)
    low, high = split_gamma(0.012, found, missed, variance=6e-6, level=0.9)
    assert low == pytest.approx(0.012 - np.hypot(0.01 - found_low, 0.002 - missed_low))
    assert high == pytest.approx(0.012 + np.hypot(found_high - 0.01, missed_high - 0.002))


def test_variance_that_does_not_rest_on_violations_reaches_to_both_sides() -> None:
    """False alarms of the rung below add noise that is not skewed: z·√V where there is nothing else."""
    low, high = split_gamma(0.5, NOTHING, NOTHING, variance=0.01, level=0.95)
    assert low == pytest.approx(0.5 - 1.8808 * 0.1, abs=1e-4)
    assert high == pytest.approx(0.5 + 2.0537 * 0.1, abs=1e-4)
    violations = WeightedCount(1e-3, 1e-7, 1e-4)
    narrow = split_gamma(1e-4, violations, NOTHING, variance=1e-5, level=0.95)
    wide = split_gamma(1e-4, violations, NOTHING, variance=4e-5, level=0.95)
    assert wide[1] > narrow[1] > 1e-4 + 1.9 * np.sqrt(1e-5)


@settings(deadline=None)
@given(st.floats(1e-6, 0.1), st.floats(1e-6, 0.1), st.floats(1e-5, 0.5), st.integers(0, 500))
@pytest.mark.slow
def test_the_next_weight_lies_between_what_the_score_foresees_and_what_the_draw_does(
    drawn_weight: float, share: float, rate: float, n_positive: int
) -> None:
    score_weight = drawn_weight * share
    for n_rungs in (1, 2, 3):
        k = next_weight(drawn_weight, score_weight, rate=rate, n_positive=n_positive, n_rungs=n_rungs)
        assert score_weight * (1 - 1e-12) <= k <= drawn_weight * (1 + 1e-12)
    for n_rungs in (2, 3):
        missed = next_missed_weight(score_weight, rate=rate, n_positive=n_positive, n_rungs=n_rungs)
        assert 0.0 < missed <= score_weight


def test_few_positives_let_the_next_weight_grow_to_that_of_the_draw() -> None:
    # θ = .07 + 8/n²: for n = 1 it is 8.07 and k = .05/(1 + (.05/.0807)^1.25); for 1,000 violations (.05/.0007)^1.25
    few = next_weight(0.05, 0.0, rate=0.01, n_positive=1, n_rungs=1)
    many = next_weight(0.05, 0.0, rate=0.01, n_positive=1_000, n_rungs=1)
    assert few == pytest.approx(0.05 / (1 + (0.05 / 0.0807) ** 1.25))
    assert many == pytest.approx(0.05 / (1 + (0.05 / 0.00070008) ** 1.25))
    on_ladder = next_weight(0.05, 0.0, rate=0.01, n_positive=1_000, n_rungs=2)
    assert on_ladder == pytest.approx(0.05 / (1 + (0.05 / 0.00030008) ** 1.25))
    assert next_weight(0.002, 0.004, rate=0.01, n_positive=20, n_rungs=2) == 0.002  # a score that weights do not follow


def test_what_the_first_rung_missed_is_bounded_by_a_share_of_the_rate() -> None:
    # θ = .14 + 8/n² with two rungs and .07 + 8/n² with three; harmonic in k_s and θ R
    assert next_missed_weight(0.01, rate=0.01, n_positive=20, n_rungs=2) == pytest.approx(1 / (1 / 0.01 + 1 / 0.0016))
    assert next_missed_weight(0.01, rate=0.01, n_positive=20, n_rungs=3) == pytest.approx(1 / (1 / 0.01 + 1 / 0.0009))
    assert next_missed_weight(0.0, rate=0.01, n_positive=20, n_rungs=2) == 0.0


CELLS = [
    # score, rate, budget, rungs: Wald's coverage is .80 to .91 in all of them
    ("good", 0.002, 2_000, 2),
    ("blind_spot", 0.01, 500, 1),
    ("over_confident", 0.002, 2_000, 1),
]


@pytest.mark.parametrize(("score_kind", "rate", "budget", "n_rungs"), CELLS)
@pytest.mark.slow
def test_coverage_holds_where_wald_fails(score_kind: ScoreKind, rate: float, budget: int, n_rungs: int) -> None:
    """800 samples: the simulation error of a coverage of .96 is .007."""
    random = np.random.default_rng(3)
    population = synthetic_population(50_000, prevalence=rate, score_kind=score_kind, n_rungs=n_rungs, random=random)
    draws = repeated_bottom_k(defensive_size_measure(population), budget, 800, random)
    ladder = climb(population, draws, rung_sizes=[600] * (n_rungs - 1), random=random)
    figures = audit(
        ladder_moments(population, ladder, measure="views"),
        truth=population.prevalence("views"),
        simple_random_variance=simple_random_variance(population.exposures["views"], population.verdicts[-1]),
        estimator="regression",
        methods=["wald", "split_gamma"],
        level=0.95,
    )
    wald, split = figures.intervals
    assert wald.coverage < 0.92
    assert split.coverage > 0.94
    assert split.miss_high < 0.035
    assert isinstance(split, Coverage)
    assert split.width_to_wald < 1.6
    assert abs(figures.bias_in_errors) < 3.5


def test_presumed_risk_is_the_square_of_probability_over_exposure() -> None:
    exposure = np.array([1.0, 2.0, 4.0, 0.0])
    probability = np.array([0.1, 0.4, 0.4, 0.3])
    # p/x = .1, .2, .1; a unit that nobody saw carries no risk
    risk = presumed_risk(exposure / probability, exposure)
    np.testing.assert_allclose(risk, [0.25, 1.0, 0.25, 0.0])
    assert presumed_risk(np.zeros(2), np.zeros(2)).tolist() == [0.0, 0.0]


@pytest.mark.slow
def test_an_audit_at_equal_probability_of_a_labeler_with_false_alarms_keeps_its_coverage() -> None:
    """The correction of false alarms is most of the variance here, and leaves little for the violations themselves."""
    random = np.random.default_rng(11)
    size, n_replicates = 20_000, 600
    population = synthetic_population(size, prevalence=0.02, score_kind="weak", n_rungs=2, random=random)
    truth = population.verdicts[1]
    llm = np.where(truth == 1.0, random.random(size) < 0.8, random.random(size) < 0.03).astype(float)
    n_covered = n_below = 0
    for _ in range(n_replicates):
        unit = np.flatnonzero(random.random(size) < 0.1)
        is_audited = random.random(unit.size) < 0.3
        moments = LadderMoments.from_units(
            exposure=np.ones(unit.size),
            score=population.score[unit],
            verdicts=[llm[unit], np.where(is_audited, truth[unit], np.nan)],
            probabilities=[np.full(unit.size, 0.1), np.full(unit.size, 0.03)],
            population_size=size,
            exposure_total=float(size),
            score_total=float(population.score.sum()),
        )
        interval = confidence_interval(estimate_prevalence(moments), moments)
        n_covered += interval.low <= truth.mean() <= interval.high
        n_below += interval.low > truth.mean()
    assert n_covered / n_replicates > 0.925
    assert n_below / n_replicates < 0.06
