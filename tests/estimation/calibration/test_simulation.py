"""Calibrated estimates over repeated Poisson samples: no bias, and the variance that they really have."""

import numpy as np
import pytest

from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.calibration.raking import raked
from lib.estimation.calibration.regression import regression_calibrated
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.functionals import Total, mean

pytestmark = pytest.mark.slow

N, N_REPLICATES = 2_000, 1_200


@pytest.mark.parametrize("method", [regression_calibrated, raked])
def test_variance_of_calibrated_totals_and_domain_means(method: type) -> None:
    rng = np.random.default_rng(20_260_303)
    score = rng.beta(0.5, 4.0, N)
    is_in_domain = rng.random(N) < 0.2
    verdict = (rng.random(N) < 0.05 + 0.6 * score).astype(float)
    size = np.sqrt(score * (1 - score) + 0.02)
    probability = np.minimum(1.0, 250 * size / size.sum())
    results = np.empty((N_REPLICATES, 2, 2))
    for replicate in range(N_REPLICATES):
        taken = rng.random(N) < probability
        known = KnownTotals.of(
            {"units": np.ones(taken.sum()), "score": score[taken]}, {"units": N, "score": score.sum()}
        )
        design = method(PoissonDesign(probability[taken]), known)
        estimates = estimate(design, [Total(verdict[taken]), mean(np.ones(taken.sum()) * is_in_domain[taken])])
        results[replicate] = estimates.values, np.diag(estimates.covariance)
    truth = np.array([verdict.sum(), is_in_domain.mean()])
    true_variance = results[:, 0].var(axis=0, ddof=1)
    bias = (results[:, 0].mean(axis=0) - truth) / np.sqrt(true_variance)
    assert np.abs(bias).max() < 0.12
    assert results[:, 1].mean(axis=0) / true_variance == pytest.approx([1.0, 1.0], abs=0.12)


def test_units_outside_a_domain_take_part_in_its_variance() -> None:
    """The size of a domain that is half the population: forgetting the other half halves the variance."""
    rng = np.random.default_rng(7)
    is_in_domain = np.arange(1_000) % 2 == 0
    estimates = np.empty((N_REPLICATES, 2))
    for replicate in range(N_REPLICATES):
        taken = rng.random(1_000) < 0.2
        known = KnownTotals.of({"units": np.ones(taken.sum())}, {"units": 1_000.0})
        design = regression_calibrated(PoissonDesign(np.full(taken.sum(), 0.2)), known)
        result = estimate(design, [Total(np.ones(taken.sum()), is_in_domain[taken])])
        estimates[replicate] = result.values[0], result.covariance[0, 0]
    assert estimates[:, 1].mean() / estimates[:, 0].var(ddof=1) == pytest.approx(1.0, abs=0.12)
