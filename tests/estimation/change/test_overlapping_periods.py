"""Change between periods from additive moments, with and without common days."""

from dataclasses import dataclass

import numpy as np
import pytest

from lib.estimation.change.difference import change_between
from lib.estimation.change.overlapping_periods import period_change, shared_covariance
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.ratio import ratio_between
from lib.estimation.estimators import ESTIMATORS, EstimatorName, PrevalenceEstimate, estimate_prevalence
from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.prevalence_interval import confidence_interval
from lib.estimation.ladder_moments import LadderMoments
from tests.estimation.populations import heavy_tailed_population

NAN = float("nan")


@dataclass(frozen=True)
class Day:
    """The sampled units of one day on two rungs."""

    exposure: FloatArray
    score: FloatArray
    llm: FloatArray
    human: FloatArray
    p1: FloatArray
    p2: FloatArray
    exposure_total: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> "Day":
        n = 60
        human = np.where(random.random(n) < 0.5, (random.random(n) < 0.3).astype(float), NAN)
        p1 = random.uniform(0.05, 1.0, n)
        return cls(
            exposure=np.ceil(random.lognormal(size=n)),
            score=random.random(n),
            llm=(random.random(n) < 0.3).astype(float),
            human=human,
            p1=p1,
            p2=p1 * random.uniform(0.2, 1.0, n),
            exposure_total=float(random.uniform(300, 500)),
        )

    def moments(self, *, n_rungs: int = 2) -> LadderMoments:
        return LadderMoments.from_units(
            exposure=self.exposure,
            score=self.score,
            verdicts=[self.llm, self.human][:n_rungs],
            probabilities=[self.p1, self.p2][:n_rungs],
            population_size=400,
            exposure_total=self.exposure_total,
            score_total=0.4 * self.exposure_total,
        )

    def residuals(self, estimate: PrevalenceEstimate) -> tuple[FloatArray, FloatArray]:
        """d1 on the first rung, d2 on the second (0 where it was not reached), for an estimate's B and λ."""
        (lam,) = estimate.lambdas
        auxiliary = self.exposure * (estimate.exposure_coefficient + estimate.score_coefficient * self.score)
        d2 = np.where(np.isnan(self.human), 0.0, self.exposure * (np.nan_to_num(self.human) - lam * self.llm))
        return lam * self.exposure * self.llm - auxiliary, d2

    def covariance(self, first: PrevalenceEstimate, second: PrevalenceEstimate) -> float:
        """Σ over units and pairs of rungs of d·d'·(1/P_a - 1)/P_b, written out."""
        (a1, a2), (b1, b2) = self.residuals(first), self.residuals(second)
        own = np.sum(a1 * b1 * (1 / self.p1 - 1) / self.p1) + np.sum(a2 * b2 * (1 / self.p2 - 1) / self.p2)
        return float(own + np.sum((a1 * b2 + a2 * b1) * (1 / self.p1 - 1) / self.p2))


DAYS = {name: Day.drawn(np.random.default_rng(seed)) for seed, name in enumerate(("mon", "tue", "wed", "thu"))}
MOMENTS = {name: day.moments() for name, day in DAYS.items()}


def _period(*names: str) -> dict[str, LadderMoments]:
    return {name: MOMENTS[name] for name in names}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_overlapping_windows_equal_the_direct_computation(estimator: EstimatorName) -> None:
    windows = ("mon", "tue", "wed"), ("tue", "wed", "thu")
    change = period_change(_period(*windows[0]), _period(*windows[1]), estimator=estimator).estimates
    estimates = [
        estimate_prevalence(LadderMoments.total(_period(*names).values()), estimator=estimator) for names in windows
    ]
    totals = [sum(DAYS[name].exposure_total for name in names) for names in windows]
    shared = sum(DAYS[name].covariance(*estimates) for name in ("tue", "wed"))
    variances = [
        sum(DAYS[name].covariance(estimate, estimate) for name in names)
        for names, estimate in zip(windows, estimates, strict=True)
    ]
    assert change.covariance == pytest.approx(shared / (totals[0] * totals[1]), rel=1e-9)
    direct = variances[0] / totals[0] ** 2 + variances[1] / totals[1] ** 2 - 2 * shared / (totals[0] * totals[1])
    assert change.std_error**2 == pytest.approx(direct, rel=1e-9)
    assert change.difference == pytest.approx(estimates[1].prevalence - estimates[0].prevalence, rel=1e-12)


def test_limits_are_those_of_two_correlated_rates() -> None:
    windows = _period("mon", "tue", "wed"), _period("tue", "wed", "thu")
    change = period_change(*windows, estimator="regression", interval="wilson", level=0.8)
    rates = []
    for window in windows:
        total = LadderMoments.total(window.values())
        estimate = estimate_prevalence(total, estimator="regression")
        limits = confidence_interval(estimate, total, method="wilson", level=0.8)
        rates.append(RateEstimate(estimate.published, limits.low, limits.high))
    correlation = change.estimates.correlation
    assert 0.2 < correlation < 1.0
    assert change.difference == change_between(rates[1], rates[0], correlation=correlation)
    assert change.ratio == ratio_between(rates[1], rates[0], correlation=correlation)


def test_disjoint_periods_add_their_variances() -> None:
    change = period_change(_period("mon", "tue"), _period("wed", "thu")).estimates
    assert change.covariance == 0.0
    assert change.std_error == pytest.approx(np.hypot(change.std_error_before, change.std_error_after), rel=1e-12)


def test_a_period_has_not_changed_against_itself() -> None:
    change = period_change(_period("mon", "tue"), _period("tue", "mon"))
    assert change.estimates.difference == pytest.approx(0.0, abs=1e-12)
    assert change.estimates.std_error == pytest.approx(0.0, abs=1e-8)
    assert change.estimates.correlation == pytest.approx(1.0)
    assert change.difference.low <= 0.0 <= change.difference.high
    assert change.ratio.low <= 1.0 <= change.ratio.high


def test_days_without_positives_have_finite_limits() -> None:
    quiet = {
        name: LadderMoments.from_units(
            exposure=[1.0, 2.0, 1.0],
            verdicts=[[0.0, 0.0, 0.0]],
            probabilities=[[0.1, 0.2, 0.1]],
            population_size=30,
            exposure_total=40.0,
        )
        for name in ("mon", "tue")
    }
    change = period_change({"mon": quiet["mon"]}, {"tue": quiet["tue"]}, estimator="hajek")
    assert change.difference.difference == 0.0
    assert -1.0 <= change.difference.low < 0.0 < change.difference.high <= 1.0
    assert (change.ratio.ratio, change.ratio.low, change.ratio.high) == (None, 0.0, np.inf)
    assert change.estimates.ratio is None


def test_rows_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="row tue, with different moments"):
        period_change(_period("mon", "tue"), {"tue": MOMENTS["wed"]})
    short = estimate_prevalence(DAYS["mon"].moments(n_rungs=1))
    with pytest.raises(ValueError, match="1 and 2 rungs and shared rows on 2"):
        shared_covariance(MOMENTS["mon"], short, estimate_prevalence(MOMENTS["mon"]))
    with pytest.raises(ValueError, match="no moments"):
        period_change({}, _period("mon"))


@pytest.mark.slow
def test_variance_and_coverage_of_overlapping_windows_in_repeated_samples() -> None:
    population = heavy_tailed_population(sample_sizes=(600, 300), prevalence=0.03)
    random = np.random.default_rng(12)
    changes = []
    for _ in range(500):
        days = [population.draw(random) for _ in range(3)]
        changes.append(period_change(dict(enumerate(days[:2])), dict(enumerate(days[1:], start=1))))
    differences = np.array([change.estimates.difference for change in changes])
    variances = np.array([change.estimates.std_error**2 for change in changes])
    independent = np.array([c.estimates.std_error_before**2 + c.estimates.std_error_after**2 for c in changes])
    assert abs(differences.mean()) < 4 * differences.std() / np.sqrt(len(changes))
    assert variances.mean() / differences.var() == pytest.approx(1.0, abs=0.2)
    assert independent.mean() / differences.var() > 1.6  # the middle day counts twice if it is forgotten
    assert 0.92 < np.mean([change.difference.low <= 0.0 <= change.difference.high for change in changes]) < 0.98
    assert 0.92 < np.mean([change.ratio.low <= 1.0 <= change.ratio.high for change in changes]) < 0.98
