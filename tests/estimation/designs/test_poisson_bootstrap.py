"""The bootstrap of Poisson samples and of the label ladder agrees with the linearised variance."""

from dataclasses import replace

import numpy as np
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.ladder_bootstrap import ladder_multipliers, replicate_ladder_sums
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.poisson_bootstrap import poisson_bootstrap
from lib.estimation.estimators import estimate_prevalence
from lib.estimation.functionals import FloatArray, Ratio, Total, mean
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.ladder_total import LadderForm
from lib.estimation.tuning import hajek_coefficients
from tests.estimation.populations import heavy_tailed_population

N_REPLICATES = 2_000
SIMULATION_ERROR = 5 * np.sqrt(2 / N_REPLICATES)  # five times the error of a variance from normal replicates: 16 %


def poisson_sample() -> tuple[FloatArray, FloatArray, FloatArray]:
    population = heavy_tailed_population(sample_sizes=(2_000,), prevalence=0.05)
    p = population.conditional_probabilities[0]
    taken = np.random.default_rng(1).random(p.size) < p
    return population.exposure[taken], population.verdicts[0][taken], p[taken]


@pytest.mark.slow
def test_poisson_replicates_give_the_linearised_variance() -> None:
    x, y, p = poisson_sample()
    replicates = poisson_bootstrap(p, n_replicates=N_REPLICATES, random=np.random.default_rng(2))
    functionals = [Total(y), Total(x * y), mean(y), Ratio(x * y, x), mean(y, x > 2.0)]
    bootstrap, linearised = estimate(replicates, functionals), estimate(PoissonDesign(p), functionals)
    ratio = np.diag(bootstrap.covariance) / np.diag(linearised.covariance)
    assert ratio == pytest.approx(np.ones(5), abs=SIMULATION_ERROR)
    assert bootstrap.values == pytest.approx(linearised.values, rel=1e-12)
    assert replicates.degrees_of_freedom() == min(p.size, N_REPLICATES) - 1


@pytest.mark.slow
def test_a_variance_with_replacement_is_told_apart() -> None:
    """Negative control: with large p, leaving out 1 - p doubles the variance."""
    p, y = np.full(400, 0.5), np.ones(400)
    replicates = poisson_bootstrap(p, n_replicates=N_REPLICATES, random=np.random.default_rng(3))
    variance = replicates.covariance([Total(y)])[0, 0]
    assert variance == pytest.approx(np.sum(y**2 * (1 - p) / p**2), rel=SIMULATION_ERROR)
    assert variance < 0.7 * np.sum(y**2 / p**2)


def test_certain_units_do_not_vary_and_no_weight_is_negative() -> None:
    replicates = poisson_bootstrap([1.0, 0.2, 1e-6], n_replicates=50, random=np.random.default_rng(4))
    weights = np.asarray(replicates.replicate_weights)
    assert np.array_equal(weights[0], np.ones(50))
    assert (weights >= 0.0).all()
    with pytest.raises(ValueError, match="outside \\(0, 1\\]"):
        poisson_bootstrap([0.0, 0.5], n_replicates=50, random=np.random.default_rng(4))
    with pytest.raises(ValueError, match="outside \\(0, 1\\]"):
        poisson_bootstrap([1.5, 0.5], n_replicates=50, random=np.random.default_rng(4))


def test_multipliers_of_the_rungs_have_the_covariance_of_the_ladder() -> None:
    p = np.array([0.6, 0.3, 0.1])
    rungs = ladder_multipliers(
        [np.full(20_000, probability) for probability in p], n_replicates=10, random=np.random.default_rng(6)
    )
    flat = np.stack([rung.ravel() for rung in rungs])
    expected = 1.0 - np.maximum.outer(p, p)  # 1 - P of the lower rung, which is the larger P
    assert flat.mean(axis=1) == pytest.approx(np.ones(3), abs=0.01)
    assert np.cov(flat) == pytest.approx(expected, abs=0.02)


def ladder_sample(n_rungs: int) -> dict[str, object]:
    """Units on their ladder as `LadderMoments.from_units` takes them; the LLM and people err."""
    population = heavy_tailed_population(sample_sizes=(3_000, 1_500, 800)[:n_rungs], prevalence=0.05)
    random = np.random.default_rng(10 + n_rungs)
    taken = np.flatnonzero(random.random(population.exposure.size) < population.conditional_probabilities[0])
    on_rung, cumulative = np.ones(taken.size, dtype=bool), np.ones(taken.size)
    verdicts, probabilities = [], []
    for rung, conditional in enumerate(population.conditional_probabilities):
        if rung > 0:
            on_rung = on_rung & (random.random(taken.size) < conditional[taken])
        cumulative = cumulative * conditional[taken]
        verdicts.append(np.where(on_rung, population.verdicts[rung][taken], np.nan))
        probabilities.append(np.where(on_rung, cumulative, np.nan))
    return {
        "exposure": population.exposure[taken],
        "score": population.score[taken],
        "verdicts": verdicts,
        "probabilities": probabilities,
        "population_size": population.exposure.size,
        "exposure_total": population.exposure.sum(),
        "score_total": population.exposure_times_score.sum(),
    }


@pytest.mark.parametrize("n_rungs", [1, 3])
def test_multipliers_of_one_give_the_sums_of_the_sample(n_rungs: int) -> None:
    units = ladder_sample(n_rungs)
    x, score = np.asarray(units["exposure"]), np.asarray(units["score"])
    n_units = x.size
    multipliers = [np.tile([1.0, 2.0], (n_units, 1))] * n_rungs
    names = ("exposure", "verdicts", "probabilities")
    given = {name: units[name] for name in names}
    for optional in ({}, {"score": score}, {"score": score, "is_in_domain": x > 2.0}):
        totals = {} if "score" in optional else {"score_total": 0.0}
        moments = LadderMoments.from_units(**units | {"score": optional.get("score")} | optional | totals)  # type: ignore[arg-type]
        sums = replicate_ladder_sums(multipliers=multipliers, **given, **optional)  # type: ignore[arg-type]
        assert sums == pytest.approx(np.stack([moments.sums, 2 * moments.sums]), rel=1e-12)


def replicate_sums(units: dict[str, object], seed: int) -> FloatArray:
    probabilities = units["probabilities"]
    multipliers = ladder_multipliers(probabilities, n_replicates=N_REPLICATES, random=np.random.default_rng(seed))  # type: ignore[arg-type]
    names = ("exposure", "score", "verdicts", "probabilities")
    return replicate_ladder_sums(multipliers=multipliers, **{name: units[name] for name in names})  # type: ignore[arg-type]


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
@pytest.mark.slow
def test_ladder_replicates_give_the_ladder_variance(n_rungs: int) -> None:
    """At fixed B and λ: 0, the difference estimator's, halfway, and the tuned ones."""
    units = ladder_sample(n_rungs)
    moments = LadderMoments.from_units(**units)  # type: ignore[arg-type]
    form, sums = LadderForm.of(moments), replicate_sums(units, seed=n_rungs)
    tuned = estimate_prevalence(moments, estimator="regression")
    coefficients = {
        "horvitz_thompson": np.concatenate([[0.0, 0.0], np.ones(n_rungs - 1)]),
        "difference": np.ones(n_rungs + 1) - np.eye(n_rungs + 1)[0],
        "halfway": np.full(n_rungs + 1, 0.5),
        "tuned": np.array([tuned.exposure_coefficient, tuned.score_coefficient, *tuned.lambdas]),
    }
    for name, theta in coefficients.items():
        totals = form.known_totals @ theta + sums @ (form.offset + form.slope @ theta)
        assert totals.var() == pytest.approx(form.variance(theta), rel=SIMULATION_ERROR), name
        assert totals.mean() == pytest.approx(form.total(theta), abs=0.15 * np.sqrt(form.variance(theta))), name


@pytest.mark.slow
def test_hajek_found_anew_in_each_replicate_has_the_same_variance() -> None:
    units = ladder_sample(2)
    moments = LadderMoments.from_units(**units)  # type: ignore[arg-type]
    form = LadderForm.of(moments)
    totals = []
    for row in replicate_sums(units, seed=7):
        replicate = replace(moments, sums=row)
        totals.append(LadderForm.of(replicate).total(hajek_coefficients(replicate)))
    assert np.var(totals) == pytest.approx(form.variance(hajek_coefficients(moments)), rel=SIMULATION_ERROR)


@pytest.mark.slow
def test_rungs_treated_as_independent_miss_the_covariance() -> None:
    """Negative control: independent multipliers on each rung lose the terms between rungs."""
    units = ladder_sample(2)
    moments = LadderMoments.from_units(**units)  # type: ignore[arg-type]
    form, theta = LadderForm.of(moments), np.array([0.0, 0.0, 1.0])
    variables = len(form.offset)
    sums = replicate_sums(units, seed=8)
    sums[:, 3:variables] = np.random.default_rng(9).permutation(sums[:, 3:variables])
    wrong = (sums @ (form.offset + form.slope @ theta)).var()
    assert abs(wrong / form.variance(theta) - 1.0) > 2 * SIMULATION_ERROR


def test_probabilities_that_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="rung 2 has a cumulative probability"):
        ladder_multipliers([[0.2, 0.4], [0.3, np.nan]], n_replicates=5, random=np.random.default_rng(1))
