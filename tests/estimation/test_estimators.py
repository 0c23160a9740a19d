"""Estimators against reference numbers, and edge cases."""

import json

import numpy as np
import pandas as pd
import pytest

from lib.estimation.estimators import ESTIMATORS, EstimatorName, PrevalenceEstimate, estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("poisson_pps_expected.json")
NAN = float("nan")


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(oracle_path("poisson_pps_sample.csv"))


def one_rung(sample: pd.DataFrame, policy: str, measure: str, surface: str, total: float) -> LadderMoments:
    inside = np.ones(len(sample), dtype=bool) if surface == "all" else (sample["surface"] == surface).to_numpy()
    return LadderMoments.from_units(
        exposure=np.ones(len(sample)) if measure == "units" else sample["views"].to_numpy(),
        verdicts=[sample[policy].to_numpy()],
        probabilities=[sample["pi"].to_numpy()],
        is_in_domain=inside,
        population_size=12_184,
        exposure_total=total,
    )


def assert_matches(estimate: PrevalenceEstimate, record_id: str) -> None:
    record = EXPECTED[f"c01_poisson_pps.poi.{record_id}"]
    assert estimate.prevalence == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert estimate.variance == pytest.approx(record["var"], rel=record["rel_tol"])
    assert estimate.std_error == pytest.approx(record["se"], rel=record["rel_tol"])


@pytest.mark.parametrize(
    ("record_id", "policy", "measure", "surface", "total"),
    [
        ("ht_total.viol_any", "viol_any", "units", "all", 1.0),
        ("ht_total.viol_hate", "viol_hate", "units", "all", 1.0),
        ("ht_total.viol_nudity", "viol_nudity", "units", "all", 1.0),
        ("ht_total.viol_spam", "viol_spam", "units", "all", 1.0),
        ("ht_total.viol_views", "viol_any", "views", "all", 1.0),
        ("ht_mean_known_N.viol_any", "viol_any", "units", "all", 12_184.0),
        ("domain_total.viol_any[feed]", "viol_any", "units", "feed", 1.0),
        ("domain_total.viol_any[search]", "viol_any", "units", "search", 1.0),
        ("domain_total.viol_any[shorts]", "viol_any", "units", "shorts", 1.0),
    ],
)
def test_horvitz_thompson_matches_r_survey(
    sample: pd.DataFrame, *, record_id: str, policy: str, measure: str, surface: str, total: float
) -> None:
    moments = one_rung(sample, policy, measure, surface, total)
    assert_matches(estimate_prevalence(moments, estimator="horvitz_thompson"), record_id)


HAJEK_CASES = [
    ("hajek_mean.viol_any", "viol_any", "units", "all"),
    ("hajek_mean.viol_hate", "viol_hate", "units", "all"),
    ("hajek_mean.viol_nudity", "viol_nudity", "units", "all"),
    ("hajek_mean.viol_spam", "viol_spam", "units", "all"),
    ("ratio.vwp", "viol_any", "views", "all"),
    *((f"domain_mean.viol_any[{surface}]", "viol_any", "units", surface) for surface in ("feed", "search", "shorts")),
    *((f"domain_ratio.vwp[{surface}]", "viol_any", "views", surface) for surface in ("feed", "search", "shorts")),
]


@pytest.mark.parametrize(("record_id", "policy", "measure", "surface"), HAJEK_CASES)
def test_hajek_matches_r_survey(sample: pd.DataFrame, record_id: str, policy: str, measure: str, surface: str) -> None:
    # R divides the variance by the estimated total squared, we by the known one: give it R's
    estimated_total = one_rung(sample, policy, measure, surface, 1.0).sums[1]
    moments = one_rung(sample, policy, measure, surface, estimated_total)
    assert_matches(estimate_prevalence(moments, estimator="hajek"), record_id)


def test_the_with_replacement_variance_is_not_reproduced(sample: pd.DataFrame) -> None:
    moments = one_rung(sample, "viol_any", "units", "all", 1.0)
    wrong = EXPECTED["c01_poisson_pps.wr.ht_total.viol_any"]
    estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
    assert estimate.prevalence == pytest.approx(wrong["estimate"], rel=1e-9)
    assert estimate.std_error != pytest.approx(wrong["se"], rel=1e-4)


@pytest.mark.parametrize(
    ("record_id", "estimator", "is_weighted"),
    [
        ("unweighted.lam1.alpha0.05", "difference", False),
        ("unweighted.lam0.alpha0.05", "horvitz_thompson", False),
        ("w.lam1.alpha0.05", "difference", True),
        ("w.lam0.alpha0.05", "horvitz_thompson", True),
    ],
)
def test_difference_matches_prediction_powered_inference(
    record_id: str, estimator: EstimatorName, is_weighted: bool
) -> None:
    folder = shared_oracles("c07_ppi")
    results = {record["id"]: record for record in json.loads((folder / "expected.json").read_text())["results"]}
    labelled, population = (pd.read_csv(folder / f"{name}.csv") for name in ("labeled", "unlabeled"))
    weight = labelled["w"].to_numpy() if is_weighted else np.ones(len(labelled))
    size = 100 * len(population)  # a hundred copies of it: the same mean, and every probability below 1
    moments = LadderMoments.from_units(
        exposure=np.ones(len(labelled)),
        score=labelled["yhat"],
        verdicts=[labelled["y"]],
        probabilities=[weight.sum() / (size * weight)],
        population_size=size,
        exposure_total=size,
        score_total=size * population["yhat"].mean(),
    )
    record = results[f"c07_ppi.{record_id}"]
    assert estimate_prevalence(moments, estimator=estimator).prevalence == pytest.approx(record["estimate"], rel=1e-9)


def small_sample(
    verdict: list[float], probability: float = 0.5, has_score: bool = True, human: list[float] | None = None
) -> LadderMoments:
    size = len(verdict)
    return LadderMoments.from_units(
        exposure=np.arange(1.0, size + 1.0),
        score=np.linspace(0.1, 0.6, size) if has_score else None,
        verdicts=[verdict] if human is None else [verdict, human],
        probabilities=[np.full(size, probability)] * (1 if human is None else 2),
        population_size=size / probability,
        exposure_total=max(1.0, np.arange(1, size + 1).sum() / probability),
        score_total=5.0 if has_score else 0.0,
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "moments",
    [
        small_sample([0, 0, 0, 0]),
        small_sample([1, 1, 1, 1]),
        small_sample([1]),
        small_sample([0]),
        small_sample([]),
        small_sample([1, 0, 1, 0], probability=1.0),
        small_sample([1, 0, 1, 0], human=[0, 0, NAN, NAN]),
        small_sample([0, 0, 0, 0], human=[1, NAN, NAN, 0]),
        small_sample([1, 1, 0, 0], human=[NAN, NAN, NAN, NAN]),
    ],
)
def test_edge_cases_are_finite(estimator: EstimatorName, moments: LadderMoments) -> None:
    estimate = estimate_prevalence(moments, estimator=estimator)
    numbers = [estimate.prevalence, estimate.variance, estimate.std_error, *estimate.lambdas]
    assert np.isfinite([*numbers, estimate.exposure_coefficient, estimate.score_coefficient]).all()
    assert 0.0 <= estimate.published <= 1.0
    assert estimate.degrees_of_freedom >= 1


@pytest.mark.parametrize("estimator", ["horvitz_thompson", "hajek", "regression"])
def test_a_census_is_exact(estimator: EstimatorName) -> None:
    moments = LadderMoments.from_units(
        exposure=[1.0, 2.0, 3.0],
        score=[0.9, 0.1, 0.5],
        verdicts=[[1, 0, 1], [1, 1, 0]],
        probabilities=[np.ones(3), np.ones(3)],
        population_size=3,
        exposure_total=6.0,
        score_total=2.6,
    )
    estimate = estimate_prevalence(moments, estimator=estimator)
    assert estimate.prevalence == pytest.approx(0.5, rel=1e-12)
    assert estimate.variance == 0.0
    assert estimate.effective_sample_size is None
    assert estimate.lambdas == (1.0,)


def test_without_a_score_the_regression_uses_exposure_only() -> None:
    estimate = estimate_prevalence(small_sample([1, 0, 0, 1, 0], has_score=False), estimator="regression")
    assert estimate.score_coefficient == 0.0
    assert estimate.exposure_coefficient > 0.0
    with pytest.raises(ValueError, match="needs a score"):
        estimate_prevalence(small_sample([1, 0], has_score=False), estimator="difference")


def test_a_rung_without_positives_keeps_its_lambda_at_one() -> None:
    """V̂ would prefer λ = 0: no human positives, no variance, and an estimate of 0 with certainty."""
    estimate = estimate_prevalence(small_sample([1, 1, 0, 0], human=[NAN, NAN, 0, 0]), estimator="regression")
    assert estimate.lambdas == (1.0,)
    assert estimate.prevalence > 0.0
    assert estimate.variance > 0.0


def test_an_empty_domain_is_refused() -> None:
    moments = LadderMoments.from_units(
        exposure=[], verdicts=[[]], probabilities=[[]], population_size=0, exposure_total=0.0
    )
    with pytest.raises(ValueError, match="skip this domain"):
        estimate_prevalence(moments)


def test_the_published_value_is_clipped_and_the_raw_one_kept() -> None:
    estimate = estimate_prevalence(small_sample([0, 0, 0, 0]), estimator="difference")
    assert estimate.prevalence < 0.0
    assert estimate.published == 0.0


def test_an_estimate_of_zero_with_variance_has_no_effective_size() -> None:
    # 1/.25 for the unit that the LLM alone saw, less 1/.25 - 1/.5 for each of two that a person found harmless
    moments = LadderMoments.from_units(
        exposure=np.ones(3),
        verdicts=[[1.0, 1.0, 1.0], [NAN, 0.0, 0.0]],
        probabilities=[[0.25, 0.5, 0.5], [NAN, 0.25, 0.25]],
        population_size=12,
        exposure_total=12.0,
    )
    estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
    assert estimate.prevalence == 0.0
    assert estimate.variance > 0.0
    assert estimate.effective_sample_size is None


def test_the_effective_size_is_that_of_the_simple_random_sample_as_sure() -> None:
    moments = LadderMoments.from_units(
        exposure=np.ones(4), verdicts=[[1, 0, 0, 1]], probabilities=[[0.5, 0.5, 0.25, 0.2]], population_size=20,
        exposure_total=20.0,
    )  # fmt: skip
    estimate = estimate_prevalence(moments, estimator="horvitz_thompson")
    assert (estimate.prevalence, estimate.variance) == (pytest.approx(7 / 20), pytest.approx((2 + 20) / 400))
    assert estimate.effective_sample_size == pytest.approx(0.35 * 0.65 * 400 / 22)
    assert estimate.degrees_of_freedom == 3
    alone = LadderMoments.from_units(
        exposure=[1.0], verdicts=[[1]], probabilities=[[0.5]], population_size=20, exposure_total=20.0
    )
    assert estimate_prevalence(alone).degrees_of_freedom == 1
