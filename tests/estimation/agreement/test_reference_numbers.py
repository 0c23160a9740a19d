"""Agreement against vcd, psych, R's survey, statsmodels, krippendorff, irrCAC and crowd-kit."""

import math

import numpy as np
import pytest

from lib.estimation.agreement.agreement_estimate import agreement_estimate
from lib.estimation.agreement.category_metric import (
    AGREEMENT_WEIGHTS,
    LEVELS,
    AgreementWeights,
    Level,
    agreement_matrix,
)
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.dawid_skene import dawid_skene
from lib.estimation.agreement.gwet_variance import GwetVariance
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import mean
from tests.estimation.agreement.reference_cases import (
    chance_corrected,
    crowd,
    one_hot,
    ratings,
    record,
    shared_record,
    votes,
)
from tests.estimation.references import oracle_path, shared_oracles

PAIRS = (("r1", "r2"), ("r1", "r3"), ("r2", "r3"))


def kappa_and_error(first: str, second: str, weights: AgreementWeights) -> tuple[float, float, float]:
    """κ, the standard error of Fleiss, Cohen & Everitt (1969), and ours."""
    table = votes("complete")
    n = len(table)
    alike = agreement_matrix(weights, np.arange(4.0))
    kappa = cohen_kappa(one_hot(table[first], 4), one_hot(table[second], 4), alike)
    found = estimate(PpsWithReplacement(np.ones(n)), [kappa])
    # ours divides by n - 1 as surveys do, theirs by n
    return float(found.values[0]), float(found.std_errors[0]) * math.sqrt((n - 1) / n), float(found.std_errors[0])


@pytest.mark.parametrize("weights", AGREEMENT_WEIGHTS)
def test_kappa_of_a_complete_table(weights: AgreementWeights) -> None:
    expected = record(f"cohen.r1_r2.{weights}")
    assert kappa_and_error("r1", "r2", weights)[:2] == pytest.approx(
        (expected["estimate"], expected["se"]), rel=expected["rel_tol"]
    )


@pytest.mark.parametrize("weights", AGREEMENT_WEIGHTS)
@pytest.mark.parametrize("pair", PAIRS)
def test_kappa_of_all_pairs_in_all_engines(pair: tuple[str, str], weights: AgreementWeights) -> None:
    name = f"cohen.{pair[0]}_{pair[1]}"
    value, std_error, _ = kappa_and_error(*pair, weights)
    for expected in (shared_record(f"{name}.{weights}"), shared_record(f"{name}.{weights}.statsmodels")):
        assert (value, std_error) == pytest.approx((expected["estimate"], expected["se"]), rel=expected["rel_tol"])
    limits = (value - 1.959963984540054 * std_error, value + 1.959963984540054 * std_error)
    assert limits == pytest.approx((expected["ci_low"], expected["ci_high"]), rel=expected["rel_tol"])
    psych = shared_record(f"{name}.psych")
    if weights in psych:
        assert value == pytest.approx(psych[weights], rel=psych["rel_tol"])
    if weights == "unweighted":
        assert std_error**2 == pytest.approx(psych["var"], rel=psych["rel_tol"])
        assert limits == pytest.approx(tuple(psych["ci_unweighted"]), rel=psych["rel_tol"])


@pytest.mark.parametrize("name", ["svykappa", "svykappa_strat"])
def test_weighted_kappa_of_a_survey(name: str) -> None:
    table, expected = votes("double_review"), record(name)
    stratum = table["stratum"].to_numpy() if name.endswith("strat") else None
    design = PpsWithReplacement(table["w"].to_numpy(), stratum)
    found = estimate(design, [cohen_kappa(one_hot(table["r1"], 2), one_hot(table["r2"], 2))])
    assert found.values[0] == pytest.approx(expected["estimate"], rel=expected["rel_tol"])
    assert found.std_errors[0] == pytest.approx(expected["se"], rel=expected["rel_tol"])


def test_weighted_raw_agreement_of_a_survey() -> None:
    table, expected = votes("double_review"), record("raw_agreement")
    same = (table["r1"] == table["r2"]).to_numpy(float)
    found = estimate(PpsWithReplacement(table["w"].to_numpy()), [mean(same)])
    assert found.values[0] == pytest.approx(expected["estimate"], rel=expected["rel_tol"])
    assert found.covariance[0, 0] == pytest.approx(expected["var"], rel=expected["rel_tol"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", ["complete", "missing"])
def test_alpha(case: str, level: Level) -> None:
    rated, expected = ratings(case), record(f"krippendorff.{case}.{level}")
    alpha = KrippendorffAlpha(rated.counts, rated.category_values, level)
    assert alpha.value(np.ones(rated.items.size)) == pytest.approx(expected["estimate"], rel=expected["rel_tol"])


@pytest.mark.parametrize("name", ["fleiss", "gwet", "bp", "conger"])
@pytest.mark.parametrize("case", ["complete", "missing"])
def test_other_coefficients_with_their_published_errors(case: str, name: str) -> None:
    rated, expected = ratings(case), record(f"irrcac.{case}.{name}")
    coefficient, design = chance_corrected(name, rated), PpsWithReplacement(np.ones(rated.items.size))
    found = estimate(design, [GwetVariance(coefficient, rated.is_pairable.astype(float))])
    assert found.values[0] == pytest.approx(expected["estimate"], rel=expected["rel_tol"])
    assert found.std_errors[0] == pytest.approx(expected["se"], rel=expected["rel_tol"])
    ours = agreement_estimate(design, coefficient, effective_size=float(rated.items.size), interval="wald")
    if case == "complete":
        assert (ours.std_error, ours.low, ours.high) == pytest.approx(
            (expected["se"], expected["ci_low"], expected["ci_high"]), rel=expected["rel_tol"]
        )
    else:
        # irrCAC takes the number of items with two votes for a constant
        assert ours.std_error == pytest.approx(expected["se"], rel=0.06)


@pytest.mark.parametrize("case", ["complete", "missing"])
def test_the_error_of_nominal_alpha(case: str) -> None:
    rated, expected = ratings(case), record(f"irrcac.{case}.krippendorff")
    n, n_votes = rated.is_pairable.sum(), rated.n_votes[rated.is_pairable].sum()
    alpha = KrippendorffAlpha(rated.counts[rated.is_pairable], rated.category_values)
    found = estimate(PpsWithReplacement(np.ones(n)), [alpha])
    assert found.values[0] == pytest.approx(expected["estimate"], rel=expected["rel_tol"])
    # irrCAC leaves the factor 1 - 1/(votes) of alpha out of its error, with missing votes out of one of its two parts
    rel_tol = expected["rel_tol"] if case == "complete" else 5e-5
    assert found.std_errors[0] / (1 - 1 / n_votes) == pytest.approx(expected["se"], rel=rel_tol)


def test_fleiss_and_randolph_of_statsmodels() -> None:
    rated = ratings("complete")
    for name, ours in (("fleiss", "fleiss"), ("randolph", "bp")):
        expected = record(f"fleiss.{name}")
        value = chance_corrected(ours, rated).value(np.ones(rated.items.size))
        assert value == pytest.approx(expected["estimate"], rel=expected["rel_tol"])


@pytest.mark.parametrize("n_iterations", [1, 10])
def test_dawid_skene_step_by_step(n_iterations: int) -> None:
    expected = record(f"crowd_binary.dawid_skene.iter{n_iterations}")
    model = dawid_skene(crowd(oracle_path("agreement_crowd.csv")), maximum_iterations=n_iterations, tolerance=-1.0)
    tolerance = {"rel": expected["rel_tol"], "abs": 1e-9}
    assert model.posterior.ravel() == pytest.approx(np.array(expected["probas"]).ravel(), **tolerance)
    assert model.prior == pytest.approx(np.array(expected["priors"]), **tolerance)
    assert model.confusion.reshape(-1, 2) == pytest.approx(np.array(expected["errors"]), **tolerance)
    assert (model.n_iterations, model.is_converged) == (n_iterations, False)


@pytest.mark.parametrize("n_iterations", [1, 2, 10, 500])
@pytest.mark.parametrize("case", ["binary", "multiclass"])
def test_dawid_skene_of_both_crowds(case: str, n_iterations: int) -> None:
    expected = shared_record(f"crowd_{case}.dawid_skene.iter{n_iterations}")
    rated = crowd(shared_oracles("c09_agreement") / f"crowd_{case}.csv")
    assert [*rated.items] == expected["tasks"]
    assert [*rated.categories] == expected["labels"]
    model = dawid_skene(rated, maximum_iterations=n_iterations, tolerance=-1.0)
    tolerance = {"rel": expected["rel_tol"], "abs": 1e-9}
    assert model.posterior.ravel() == pytest.approx(np.array(expected["probas"]).ravel(), **tolerance)
    assert model.prior == pytest.approx(np.array(expected["priors"]), **tolerance)
    errors = model.confusion.reshape(-1, rated.categories.size)
    assert errors == pytest.approx(np.array(expected["errors"]), **tolerance)
    majority = shared_record(f"crowd_{case}.majority_vote")
    shares = rated.counts / rated.n_votes[:, None]
    assert shares.ravel() == pytest.approx(np.array(majority["probas"]).ravel(), rel=majority["rel_tol"])
