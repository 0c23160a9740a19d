"""Prediction-powered means against ppi-python and formulas, and over repeated samples."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import FloatArray, mean
from lib.estimation.prediction_powered import PredictionPoweredMean, prediction_powered_from, prediction_powered_mean
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

LABELLED = pd.read_csv(oracle_path("prediction_powered_labelled.csv"))
UNLABELLED = pd.read_csv(oracle_path("prediction_powered_unlabelled.csv"))["yhat"].to_numpy()
EXPECTED = oracle_results("prediction_powered_expected.json")
POWERS = {"power_tuned": None, "lam1": 1.0, "lam0": 0.0, "lam0.5": 0.5}


def mean_of_sample(
    power: float | None, weights: FloatArray | None = None, unlabelled_weights: FloatArray | None = None
) -> PredictionPoweredMean:
    return prediction_powered_mean(
        LABELLED["y"].to_numpy(float),
        LABELLED["yhat"].to_numpy(),
        UNLABELLED,
        weights=weights,
        unlabelled_weights=unlabelled_weights,
        power=power,
    )


@pytest.mark.parametrize("alpha", ["0.05", "0.1"])
@pytest.mark.parametrize("power", POWERS)
def test_unweighted_records(power: str, alpha: str) -> None:
    record = EXPECTED[f"c07_ppi.unweighted.{power}.alpha{alpha}"]
    result = mean_of_sample(POWERS[power])
    assert result.estimate == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert result.power == pytest.approx(record.get("lam", POWERS[power]), rel=record["rel_tol"])
    limits = (record["ci_low"], record["ci_high"])
    assert result.wald_interval(record["level"]) == pytest.approx(limits, rel=record["rel_tol"])


def test_classical_mean_is_power_zero() -> None:
    record = EXPECTED["c07_ppi.unweighted.classical"]
    result = mean_of_sample(0.0)
    assert result.estimate == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert result.wald_interval() == pytest.approx((record["ci_low"], record["ci_high"]), rel=record["rel_tol"])


def test_one_sided_limit_and_p_value() -> None:
    one_sided = EXPECTED["c07_ppi.unweighted.lam1.alternative_larger"]
    assert mean_of_sample(1.0).wald_interval(0.9)[0] == pytest.approx(one_sided["ci_low"], rel=one_sided["rel_tol"])
    two_sided_limit = EXPECTED["c07_ppi.unweighted.power_tuned.alternative_larger"]["ci_low"]
    assert mean_of_sample(None).wald_interval(0.9)[0] != pytest.approx(two_sided_limit, rel=1e-3)
    tuned, test = mean_of_sample(None), EXPECTED["c07_ppi.unweighted.pval_null0.05"]
    p_value = 2 * stats.norm.sf(abs(tuned.estimate - 0.05) / tuned.std_error)
    assert p_value == pytest.approx(test["p_value"], rel=test["rel_tol"])


def test_weighted_variance_is_that_of_hajek_means() -> None:
    weights = LABELLED["w"].to_numpy()
    record = EXPECTED["c07_ppi.w.lam1.hajek_linearised"]
    result = mean_of_sample(1.0, weights)
    assert result.estimate == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert result.std_error == pytest.approx(record["se"], rel=record["rel_tol"])
    surprise = EXPECTED["c07_ppi.weighted_variance_surprise"]
    classical = mean_of_sample(0.0, weights)
    assert classical.variance == pytest.approx(surprise["hajek_linearised_var"], rel=surprise["rel_tol"])
    assert classical.variance != pytest.approx(surprise["ppi_var"], rel=1e-3)
    ppi_interval = EXPECTED["c07_ppi.w.lam1.alpha0.05"]
    assert result.estimate == pytest.approx(ppi_interval["estimate"], rel=ppi_interval["rel_tol"])
    assert result.wald_interval()[0] != pytest.approx(ppi_interval["ci_low"], rel=1e-3)


@pytest.mark.parametrize("sample", ["w", "w_and_wu", "wu_only"])
@pytest.mark.parametrize("power", ["lam1", "lam0", "lam0.5"])
def test_weighted_estimates_at_a_fixed_power(sample: str, power: str) -> None:
    folder: Path = shared_oracles("c07_ppi")
    results: list[dict[str, Any]] = json.loads((folder / "expected.json").read_text())["results"]
    record = {result["id"]: result for result in results}[f"c07_ppi.{sample}.{power}.alpha0.05"]
    unlabelled_weights = pd.read_csv(folder / "unlabeled.csv")["w"].to_numpy() if "wu" in sample else None
    weights = None if sample == "wu_only" else LABELLED["w"].to_numpy()
    result = mean_of_sample(POWERS[power], weights, unlabelled_weights)
    assert result.estimate == pytest.approx(record["estimate"], rel=record["rel_tol"])


def test_weighted_samples_are_the_with_replacement_design() -> None:
    weights, others = LABELLED["w"].to_numpy(), np.linspace(0.5, 2.0, len(UNLABELLED))
    verdicts, predictions = LABELLED["y"].to_numpy(float), LABELLED["yhat"].to_numpy()
    by_design = prediction_powered_from(
        estimate(PpsWithReplacement(weights), [mean(verdicts), mean(predictions)]),
        estimate(PpsWithReplacement(others), [mean(UNLABELLED)]),
    )
    result = mean_of_sample(None, weights, others)
    assert result.estimate == pytest.approx(by_design.estimate, rel=1e-12)
    assert result.variance == pytest.approx(by_design.variance, rel=1e-12)
    assert result.power == pytest.approx(by_design.power, rel=1e-12)
    for power in (0.0, result.power - 0.05, result.power + 0.05, 1.0):
        assert result.variance < mean_of_sample(power, weights, others).variance


def test_useless_predictions_cost_nothing() -> None:
    verdicts = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    flat = prediction_powered_mean(verdicts, np.full(5, 0.3), np.full(9, 0.3))
    misleading = prediction_powered_mean(verdicts, 1.0 - verdicts, np.linspace(0, 1, 9))
    for result in (flat, misleading):
        assert (result.power, result.estimate) == (0.0, pytest.approx(0.4))
        assert result.variance == pytest.approx(0.4 * 0.6 / 5)
    no_positive = prediction_powered_mean(np.zeros(5), np.linspace(0, 0.1, 5), np.linspace(0, 0.1, 9))
    assert (no_positive.estimate, no_positive.variance) == (0.0, 0.0)


def test_wrong_inputs_are_refused() -> None:
    two = np.array([0.0, 1.0])
    with pytest.raises(ValueError, match="unlabelled sample has 1 units"):
        prediction_powered_mean(two, two, two[:1])
    with pytest.raises(ValueError, match="labelled sample has missing values"):
        prediction_powered_mean(np.array([0.0, np.nan]), two, two)
    with pytest.raises(ValueError, match="2 units but 1 weights"):
        prediction_powered_mean(two, two, two, weights=np.ones(1))
    with pytest.raises(ValueError, match="positive and finite"):
        prediction_powered_mean(two, two, two, unlabelled_weights=two)
    with pytest.raises(ValueError, match="level"):
        prediction_powered_mean(two, two, two).wald_interval(95.0)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.slow
def test_no_bias_and_an_honest_variance(*, is_weighted: bool) -> None:
    rng = np.random.default_rng(11)
    truth = 0.2
    estimates = np.empty((2_000, 2))
    for replicate in range(len(estimates)):
        risk = rng.beta(0.8, 3.2, 1_300)
        verdicts = (rng.random(300) < risk[:300]).astype(float)
        probability = 0.5 + risk[:300] if is_weighted else np.ones(300)
        # units are drawn with unequal probability from a larger batch, and weighted back
        taken = rng.random(300) < probability / 1.5
        weights = 1 / probability[taken] if is_weighted else None
        result = prediction_powered_mean(verdicts[taken], risk[:300][taken] * 0.7, risk[300:] * 0.7, weights=weights)
        estimates[replicate] = result.estimate, result.variance
    true_variance = estimates[:, 0].var(ddof=1)
    assert abs(estimates[:, 0].mean() - truth) < 0.1 * np.sqrt(true_variance)
    assert estimates[:, 1].mean() / true_variance == pytest.approx(1.0, abs=0.1)
