"""Corrected prevalences against epiR, R's survey, asht and published formulas."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import FloatArray
from lib.estimation.misclassification.apparent_prevalence import ApparentPrevalence, apparent_prevalence
from lib.estimation.misclassification.binomial_limits import BinomialLimits, binomial_limits
from lib.estimation.misclassification.labeler_rates import LabelerRates, labeler_rates
from lib.estimation.misclassification.lang_reiczigel import lang_reiczigel
from lib.estimation.misclassification.multiclass import corrected_shares
from lib.estimation.misclassification.rogan_gladen import rogan_gladen, rogan_gladen_estimate, rogan_gladen_known
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("misclassification_expected.json")
AUDIT = pd.read_csv(oracle_path("audit_sample.csv"))
# positive labels, units, sensitivity, specificity
KNOWN = {
    "1": (45, 150, 0.96, 0.89),
    "2": (6, 151, 0.964, 0.927),
    "3": (80, 210, 0.6, 0.9),
    "4": (30, 2_000, 0.85, 0.995),
    "5": (0, 500, 0.9, 0.99),
    "6": (400, 400, 0.98, 0.9),
    "7": (12, 2_500, 0.8, 0.999),
}
# positive labels, units; right on positives, positives, right on negatives, negatives of the audit
ESTIMATED = {
    "1": (4_060, 11_284, 178, 179, 358, 359),
    "2": (51, 2_971, 32, 33, 20, 20),
    "3": (30, 2_000, 85, 100, 995, 1_000),
    "4": (5, 2_000, 38, 40, 499, 500),
    "5": (0, 800, 20, 20, 300, 300),
    "6": (3, 263, 88, 89, 132, 134),
    "7": (120, 1_500, 55, 70, 470, 500),
}
LIMITS: dict[str, BinomialLimits] = {"wilson": "wilson", "c-p": "clopper_pearson"}


def close(record: dict[str, Any]) -> dict[str, float]:
    return {"rel": record["rel_tol"], "abs": 1e-12}


def of_case(case: str) -> tuple[ApparentPrevalence, LabelerRates]:
    n_positive, n, *counts = ESTIMATED[case]
    return ApparentPrevalence.from_counts(n_positive, n), LabelerRates.from_counts(*counts)


def audit_rates() -> LabelerRates:
    design = PpsWithReplacement(AUDIT["w"].to_numpy())
    return labeler_rates(design, AUDIT["label"].to_numpy(float), AUDIT["gold"].to_numpy(float))


def shared_records() -> dict[str, dict[str, Any]]:
    results = json.loads((shared_oracles("c08_misclass") / "expected.json").read_text())["results"]
    return {record["id"]: record for record in results}


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("case", KNOWN)
def test_known_error_rates(case: str, limits: str) -> None:
    record = EXPECTED[f"c08_misclass.known.{case}.{limits}"]
    n_positive, n, sensitivity, specificity = KNOWN[case]
    apparent = ApparentPrevalence.from_counts(n_positive, n)
    result = rogan_gladen_known(apparent, LabelerRates.known(sensitivity, specificity), limits=LIMITS[limits])
    limits_of_share = binomial_limits(LIMITS[limits], apparent.share, apparent.size, 0.95)
    assert apparent.share == pytest.approx(record["apparent"], **close(record))
    assert limits_of_share == pytest.approx(tuple(record["apparent_ci"]), **close(record))
    assert result.estimate == pytest.approx(record["true"], **close(record))
    assert (result.low, result.high) == pytest.approx(tuple(record["true_ci"]), **close(record))
    assert (result.refused is None) == record["valid"]


@pytest.mark.parametrize("case", KNOWN)
def test_known_error_rates_against_a_second_engine(case: str) -> None:
    record = shared_records()[f"c08_misclass.known.{case}.wilson_plain"]
    n_positive, n, sensitivity, specificity = KNOWN[case]
    rates = LabelerRates.known(sensitivity, specificity)
    result = rogan_gladen_known(ApparentPrevalence.from_counts(n_positive, n), rates)
    assert (result.low, result.high) == pytest.approx(tuple(record["true_ci"]), **close(record))


@pytest.mark.parametrize("case", ESTIMATED)
def test_exact_limits_of_sensitivity_and_specificity(case: str) -> None:
    record = EXPECTED[f"c08_misclass.est.{case}.se_sp_exact"]
    _, rates = of_case(case)
    for name, rate, size in (
        ("se", rates.sensitivity, rates.positive_size),
        ("sp", rates.specificity, rates.negative_size),
    ):
        assert rate == pytest.approx(record[name], **close(record))
        limits = binomial_limits("clopper_pearson", float(rate or 0.0), size, 0.95)
        assert limits == pytest.approx(tuple(record[f"{name}_ci"]), **close(record))


@pytest.mark.parametrize("case", ESTIMATED)
def test_delta_variance(case: str) -> None:
    record = EXPECTED[f"c08_misclass.est.{case}.delta"]
    result = rogan_gladen(*of_case(case))
    assert result.estimate == pytest.approx(record["estimate"], **close(record))
    assert result.std_error == pytest.approx(record["se"], **close(record))
    assert (result.low, result.high) == pytest.approx((record["ci_low"], record["ci_high"]), **close(record))


@pytest.mark.parametrize("level", ["0.9", "0.95", "0.99"])
@pytest.mark.parametrize("case", ESTIMATED)
def test_lang_reiczigel(case: str, level: str) -> None:
    record = EXPECTED[f"c08_misclass.est.{case}.lang_reiczigel.{level}"]
    result = lang_reiczigel(*of_case(case), level=float(level))
    assert result.estimate == pytest.approx(record["estimate"], **close(record))
    assert (result.low, result.high) == pytest.approx((record["ci_low"], record["ci_high"]), **close(record))


@pytest.mark.parametrize("case", ESTIMATED)
def test_other_engines_agree_where_they_do_not_clip(case: str) -> None:
    records = shared_records()
    result = lang_reiczigel(*of_case(case), level=0.9)
    asht = records[f"c08_misclass.est.{case}.asht_prevSeSp.0.9"]
    assert (result.low, result.high) == pytest.approx((asht["ci_low"], asht["ci_high"]), **close(asht))
    quapy = records[f"c08_misclass.est.{case}.rogan_gladen_quapy"]
    if result.refused is None:
        assert result.estimate == pytest.approx(quapy["estimate"], **close(quapy))
    else:
        assert (quapy["estimate"], result.published) == (0.0, None)


def test_weighted_sensitivity_and_specificity() -> None:
    rates, record = audit_rates(), EXPECTED["c08_misclass.design.se_sp_cov"]
    for index, (name, rate) in enumerate((("se", rates.sensitivity), ("sp", rates.specificity))):
        of_rate = EXPECTED[f"c08_misclass.design.{name}"]
        assert rate == pytest.approx(of_rate["estimate"], **close(of_rate))
        assert math.sqrt(rates.covariance[index, index]) == pytest.approx(of_rate["se"], **close(of_rate))
        assert rate == pytest.approx(record[name], **close(record))
    # R's covariances of 1e-19 and 1e-20 are rounding: no audited unit is both positive and negative
    assert rates.covariance.ravel() == pytest.approx(record["vcov"], rel=record["rel_tol"], abs=1e-15)


@pytest.mark.parametrize("measure", ["mean", "vwp"])
def test_design_based_correction(measure: str) -> None:
    apparent_record = EXPECTED[f"c08_misclass.design.apparent{'_vwp' if measure == 'vwp' else ''}"]
    record = EXPECTED[f"c08_misclass.design.rogan_gladen.{measure}"]
    naive = EXPECTED[f"c08_misclass.design.rogan_gladen_naive_known.{measure}"]
    apparent = ApparentPrevalence(apparent_record["estimate"], apparent_record["var"], 500.0)
    result = rogan_gladen(apparent, audit_rates())
    assert result.estimate == pytest.approx(record["estimate"], **close(record))
    assert result.std_error == pytest.approx(record["se"], **close(record))
    assert naive["negative_control"]
    assert result.std_error != pytest.approx(naive["se"], rel=0.05)


@pytest.mark.parametrize("measure", ["", "_vwp"])
def test_apparent_prevalence_of_a_weighted_sample(measure: str) -> None:
    main = pd.read_csv(shared_oracles("c08_misclass") / "main_sample.csv")
    record = EXPECTED[f"c08_misclass.design.apparent{measure}"]
    exposure: FloatArray | None = main["views"].to_numpy(float) if measure else None
    result = apparent_prevalence(
        PpsWithReplacement(main["w"].to_numpy()), main["label"].to_numpy(float), exposure=exposure
    )
    assert result.share == pytest.approx(record["estimate"], **close(record))
    assert result.variance == pytest.approx(record["var"], **close(record))
    assert result.size == pytest.approx(record["estimate"] * (1 - record["estimate"]) / record["var"], **close(record))


def test_weighted_strata_with_positive_and_negative_controls() -> None:
    """The point estimate only: the interval of asht is a Monte-Carlo one."""
    record = shared_records()["c08_misclass.weighted.binomial"]
    strata = pd.read_csv(shared_oracles("c08_misclass") / "weighted_strata.csv")
    share = float((strata["W"] * strata["x"] / strata["n"]).sum())
    assert share == pytest.approx(record["weighted_apparent"], rel=1e-9)
    assert rogan_gladen_estimate(share, 52 / 60, 1 - 3 / 600) == pytest.approx(record["estimate"], rel=1e-9)


@pytest.mark.parametrize("method", ["inversion", "invariant-ratio"])
def test_three_classes(method: str) -> None:
    record = EXPECTED[f"c08_misclass.multiclass.{method}"]
    assignment = np.array([[0.94, 0.03, 0.05], [0.03, 0.93, 0.03], [0.03, 0.04, 0.92]])
    result = corrected_shares(np.array([0.89535614, 0.0553773, 0.04926656]), assignment)
    assert result.shares == pytest.approx(record["estimate"], **close(record))
    assert result.refused is None
