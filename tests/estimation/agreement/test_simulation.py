"""Agreement over repeated samples: honest standard errors, intervals that cover, weights that matter."""

import numpy as np
import pytest

from lib.estimation.agreement.agreement_estimate import agreement_estimate
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import FloatArray

pytestmark = pytest.mark.slow

N, N_REPLICATES = 20_000, 400


@pytest.fixture(scope="module")
def replicates() -> dict[str, FloatArray]:
    """Poisson samples that look six times as often where either reviewer says violating."""
    random = np.random.default_rng(31)
    truth = random.random(N) < 0.05
    sides = [
        np.eye(2)[np.where(random.random(N) < np.where(truth, 0.85, 0.98), truth, ~truth).astype(int)] for _ in range(2)
    ]
    size = 1.0 + 5.0 * np.maximum(sides[0][:, 1], sides[1][:, 1])
    p = np.minimum(1.0, 500 * size / size.sum())
    everyone = np.ones(N)
    true = [
        cohen_kappa(*sides).value(everyone),
        KrippendorffAlpha(sides[0] + sides[1], np.array([0.0, 1.0])).value(everyone),
    ]
    rows = []
    for _ in range(N_REPLICATES):
        drawn = random.random(N) < p
        first, second = (side[drawn] for side in sides)
        w = 1.0 / p[drawn]
        coefficients = (cohen_kappa(first, second), KrippendorffAlpha(first + second, np.array([0.0, 1.0])))
        row = [cohen_kappa(first, second).value(np.ones(w.size))]
        for coefficient in coefficients:
            found = agreement_estimate(PoissonDesign(p[drawn]), coefficient, effective_size=w.sum() ** 2 / (w @ w))
            row += [found.estimate, found.std_error, found.low, found.high]
        rows.append(row)
    table = np.array(rows, dtype=float)
    return {"true": np.array(true), "unweighted": table[:, 0], "kappa": table[:, 1:5].T, "alpha": table[:, 5:].T}


@pytest.mark.parametrize(("name", "position"), [("kappa", 0), ("alpha", 1)])
def test_estimates_errors_and_intervals(replicates: dict[str, FloatArray], name: str, position: int) -> None:
    estimates, std_errors, low, high = replicates[name]
    true = replicates["true"][position]
    assert abs(estimates.mean() - true) < 0.15 * estimates.std()
    assert (std_errors**2).mean() / estimates.var() == pytest.approx(1.0, abs=0.2)
    assert 0.92 <= ((low <= true) & (true <= high)).mean() <= 0.98


def test_the_unweighted_kappa_of_such_a_sample_is_far_off(replicates: dict[str, FloatArray]) -> None:
    spread = replicates["unweighted"].std()
    assert abs(replicates["unweighted"].mean() - replicates["true"][0]) > 2 * spread


def test_bootstrap_limits_of_ordinal_alpha_cover() -> None:
    """Few votes on few items: the limits by quantiles of replicates, and those by linearisation."""
    random = np.random.default_rng(8)
    levels, noise, n = np.arange(4.0), 0.8, 80

    def drawn(n_items: int) -> FloatArray:
        middle = random.normal(1.5, 1.2, n_items)
        votes = np.clip(np.rint(middle[:, None] + random.normal(0, noise, (n_items, 3))), 0, 3).astype(int)
        return np.eye(4)[votes].sum(axis=1)

    true = KrippendorffAlpha(drawn(60_000), levels, "ordinal").value(np.ones(60_000))
    covered = []
    for _ in range(80):
        alpha = KrippendorffAlpha(drawn(n), levels, "ordinal", small_sample=1 / (3 * n))
        replicated = random.multinomial(n, np.full(n, 1 / n), 150).T.astype(float)
        design = ReplicateDesign(np.ones(n), replicated, scale=1 / 150)
        boot = agreement_estimate(design, alpha, effective_size=float(n), interval="percentile")
        linear = agreement_estimate(PoissonDesign(np.full(n, 1e-9)), alpha, effective_size=float(n))
        assert boot.std_error == pytest.approx(linear.std_error, rel=0.35)
        covered.append([found.low <= true <= found.high for found in (boot, linear)])
    assert (np.mean(covered, axis=0) >= 0.9).all()
