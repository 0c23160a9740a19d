"""The planned error against the formula by hand, and against the errors of redrawn samples."""

from dataclasses import dataclass

import numpy as np
import pytest

from lib.estimation.estimators import estimate_prevalence
from lib.planning.budgets import BudgetPlan
from lib.planning.cells import FloatArray
from lib.planning.inclusion import expected_sizes
from lib.planning.label_model import ErrorRates
from lib.planning.realised_error import PlannedVariance, compare_errors
from tests.planning.frames import POLICIES, UnitFrame, draw_moments, key, unit_frame

pytestmark = pytest.mark.slow

RATES = [ErrorRates(0.85, 0.997), ErrorRates(0.97, 0.9995)]
LADDERS = {
    1: (("llm",), (2500.0,)),
    2: (("llm", "human"), (2500.0, 700.0)),
    3: (("llm", "human", "gold"), (3000.0, 900.0, 300.0)),
}
N_REPLICATES = 200


@dataclass(frozen=True)
class Redrawn:
    """A plan, and per number the estimates and estimated variances of redrawn samples, and the truth they aim at."""

    plan: BudgetPlan
    deviations: dict[tuple[str, str], FloatArray]
    variances: dict[tuple[str, str], FloatArray]
    sizes: FloatArray


@pytest.fixture(scope="module")
def frame() -> UnitFrame:
    return unit_frame(np.random.default_rng(4), size=20_000, prevalences=(0.02, 0.008))


@pytest.fixture(scope="module", params=sorted(LADDERS))
def redrawn(frame: UnitFrame, request: pytest.FixtureRequest) -> Redrawn:
    rungs, sizes = LADDERS[request.param]
    rates, random = RATES[: request.param - 1], np.random.default_rng(request.param)
    plan = BudgetPlan.of(frame.model(rungs, rates), sizes, estimator="regression")
    return redraw(frame, plan, rates, random, n_replicates=N_REPLICATES)


def redraw(
    frame: UnitFrame,
    plan: BudgetPlan,
    rates: list[ErrorRates],
    random: np.random.Generator,
    *,
    n_replicates: int,
    blind_share: float = 0.0,
) -> Redrawn:
    """Truth and samples anew in every replicate; `blind_share` of the violations carry scores by chance alone."""
    numbers = [(policy, measure) for policy in POLICIES for measure in frame.exposures]
    deviations = {number: np.empty(n_replicates) for number in numbers}
    variances = {number: np.empty(n_replicates) for number in numbers}
    sizes = np.empty((n_replicates, len(plan.sizes)))
    for replicate in range(n_replicates):
        truth = frame.draw_truth(random, blind_share=blind_share)
        drawn = draw_moments(frame, plan.thresholds, rates, random, truth=truth)
        for (policy, measure), moments in drawn.items():
            estimate = estimate_prevalence(moments)
            x = frame.exposures[measure]
            deviations[(policy, measure)][replicate] = estimate.prevalence - x @ truth[policy] / x.sum()
            variances[(policy, measure)][replicate] = estimate.variance
        sizes[replicate] = drawn[numbers[0]].n
    return Redrawn(plan, deviations, variances, sizes)


def test_one_rung_is_the_anticipated_variance_of_the_textbook() -> None:
    frame = unit_frame(np.random.default_rng(1), size=400, prevalences=(0.05, 0.02))
    model = frame.model(("llm",), [], merged=False)
    plan = BudgetPlan.of(model, [100.0], estimator="difference")
    t = plan.thresholds.first["all"]
    p = np.minimum(1.0, t * frame.size_measure)
    assert p.max() == 1.0
    assert p.sum() == pytest.approx(100.0)
    for policy, score in frame.scores.items():
        for measure, x in frame.exposures.items():
            error = plan.error((key(policy), measure))
            assert error is not None
            # Särndal, Swensson & Wretman (1992), result 12.2.1, for Poisson sampling and the model y ~ Bernoulli(s).
            variance = float(np.sum(x**2 * score * (1 - score) * (1 / p - 1))) / x.sum() ** 2
            assert error.std_error == pytest.approx(np.sqrt(variance), rel=1e-9)
            assert error.prevalence == pytest.approx(x @ score / x.sum())
            fourth = x**4 * (1 / p - 1) ** 2 / p * score * (1 - score) * ((1 - score) ** 3 + score**3)
            spread = float(fourth.sum()) / x.sum() ** 4
            assert error.variance_degrees_of_freedom == pytest.approx(2 * variance**2 / spread, rel=1e-9)
            sixth = x**6 * (1 / p - 1) ** 3 / p**2 * score * (1 - score) * ((1 - score) ** 5 + score**5)
            skewness = float(sixth.sum()) / x.sum() ** 6 / spread**1.5
            assert error.variance_skewness == pytest.approx(skewness, rel=1e-9)


def test_cells_lose_little(frame: UnitFrame) -> None:
    plans = [
        BudgetPlan.of(frame.model(("llm", "human"), RATES[:1], merged=merged), (2500, 700), estimator="regression")
        for merged in (False, True)
    ]
    assert len(plans[1].model.cells.table) < 0.1 * len(plans[0].model.cells.table)
    for policy in POLICIES:
        for measure in frame.exposures:
            exact, merged = (plan.error((key(policy), measure)) for plan in plans)
            assert exact is not None
            assert merged is not None
            assert merged.std_error == pytest.approx(exact.std_error, rel=0.01)


def test_the_rungs_have_the_sizes_that_were_asked_for(redrawn: Redrawn) -> None:
    plan = redrawn.plan
    assert expected_sizes(plan.model, plan.thresholds) == pytest.approx(plan.sizes, rel=1e-6)
    assert redrawn.sizes.mean(axis=0) == pytest.approx(plan.sizes, rel=0.02)


def test_planned_errors_are_those_of_redrawn_samples(redrawn: Redrawn) -> None:
    ratios = []
    for (policy, measure), deviations in redrawn.deviations.items():
        error = redrawn.plan.error((key(policy), measure))
        assert error is not None
        # 200 replicates know a standard deviation to 5 %, more where few violations decide.
        assert np.sqrt(np.mean(deviations**2)) == pytest.approx(error.std_error, rel=0.18)
        assert np.sqrt(redrawn.variances[(policy, measure)].mean()) == pytest.approx(error.std_error, rel=0.1)
        ratios.append(float(np.mean(deviations**2)) / error.std_error**2)
    assert np.sqrt(np.mean(ratios)) == pytest.approx(1.0, abs=0.1)


def test_the_spread_of_realised_variances_is_the_planned_one(redrawn: Redrawn) -> None:
    for (policy, measure), variances in redrawn.variances.items():
        error = redrawn.plan.error((key(policy), measure))
        assert error is not None
        if error.variance_degrees_of_freedom < 5:
            continue  # a handful of violations decides: 200 replicates do not know the variance of a variance
        realised = 2 * variances.mean() ** 2 / variances.var()
        assert error.variance_degrees_of_freedom == pytest.approx(realised, rel=0.45)


def test_right_scores_give_few_alarms(redrawn: Redrawn) -> None:
    rates = alarm_rates(redrawn, significance=0.05)
    assert np.mean(list(rates.values())) < 0.07
    assert max(rates.values()) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / N_REPLICATES)


def alarm_rates(redrawn: Redrawn, *, significance: float, n_days: int = 1) -> dict[tuple[str, str], float]:
    """Share of replicates, or of blocks of `n_days` of them, whose realised error is called too large."""
    rates = {}
    for (policy, measure), variances in redrawn.variances.items():
        error = redrawn.plan.error((key(policy), measure))
        assert error is not None
        day = PlannedVariance(1.0, error.scores_std_error, error.variance_degrees_of_freedom, error.variance_skewness)
        planned = PlannedVariance.of_period([day] * n_days)
        blocks = variances[: len(variances) // n_days * n_days].reshape(-1, n_days).mean(axis=1) / n_days
        alarms = [compare_errors(float(np.sqrt(v)), planned, significance=significance).is_alarm for v in blocks]
        rates[(policy, measure)] = float(np.mean(alarms))
    return rates


def test_a_score_that_is_blind_to_violations_gives_alarms(frame: UnitFrame) -> None:
    one_rung = BudgetPlan.of(frame.model(("llm",), []), (2500,), estimator="regression")
    blind = redraw(frame, one_rung, [], np.random.default_rng(8), n_replicates=140, blind_share=0.3)
    on_a_day = alarm_rates(blind, significance=0.05)
    assert min(on_a_day.values()) > 0.35
    assert max(on_a_day.values()) > 0.6
    assert min(alarm_rates(blind, significance=0.05 / 4, n_days=7).values()) > 0.85


def test_a_blind_spot_shows_within_a_week_on_two_rungs(frame: UnitFrame) -> None:
    rungs, sizes = LADDERS[2]
    plan = BudgetPlan.of(frame.model(rungs, RATES[:1]), sizes, estimator="regression")
    blind = redraw(frame, plan, RATES[:1], np.random.default_rng(9), n_replicates=175, blind_share=0.3)
    in_a_week = alarm_rates(blind, significance=0.05, n_days=7)
    assert min(in_a_week.values()) > 0.4
    assert max(in_a_week.values()) > 0.7
