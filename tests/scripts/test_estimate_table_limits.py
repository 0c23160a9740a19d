"""Limits from a file: those of the jobs, those of R, and days on which nothing or everything violates."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.estimators import ESTIMATORS, estimate_prevalence
from lib.estimation.intervals.prevalence_interval import confidence_interval
from lib.estimation.ladder_moments import LadderMoments
from tests.estimation.references import shared_oracles
from tests.scripts.table_programs import TableProgram, estimate, poisson, units, written

__all__ = ["estimate", "units"]

METHODS = ["wald", "logit", "wilson", "korn_graubard", "gamma", "split_gamma"]
SURVEY_METHODS = {"mean": "wald", "xlogit": "logit", "wilson": "wilson", "beta": "korn_graubard"}
CIPROP = {"srs": "srs", "strat": "stratified --stratum stratum", "clus": "cluster --stratum stratum --cluster psu"}
CIPROP_SAMPLES = [
    "srs_x1_n400",
    "srs_x5_n400",
    *(f"strat_x{x}_n300" for x in (1, 3, 12)),
    *(f"clus_x{x}_n240" for x in (1, 2, 9, 30)),
]


def ciprop(folder: Path, tmp_path: Path, sample: str) -> tuple[list[object], list[dict[str, Any]]]:
    data = pd.read_csv(folder / "ciprop_samples.csv", float_precision="round_trip")
    path = written(tmp_path, data[data["ds"] == sample])
    arguments = [
        "--input",
        path,
        "--label",
        "y",
        "--weight",
        "w",
        "--design",
        *CIPROP[sample[: sample.index("_")]].split(),
    ]
    results = json.loads((folder / "expected.json").read_text())["results"]
    return arguments, [r for r in results if r["id"].startswith(f"c04_ci.{sample}.")]


@pytest.mark.parametrize("sample", CIPROP_SAMPLES)
@pytest.mark.slow
def test_limits_match_svyciprop(sample: str, tmp_path: Path, estimate: TableProgram) -> None:
    arguments, records = ciprop(shared_oracles("c04_ci"), tmp_path, sample)
    compared = 0
    for record in records:
        if (method := SURVEY_METHODS.get(record["id"].split(".")[2])) is None:
            continue
        found = estimate(*arguments, "--interval", method, "--level", record["level"]).whole
        assert found["ci_low"] == pytest.approx(max(0.0, record["ci_low"]), rel=record["rel_tol"]), record["id"]
        assert found["ci_high"] == pytest.approx(record["ci_high"], rel=record["rel_tol"]), record["id"]
        compared += 1
    assert compared == 12


@pytest.mark.parametrize("sample", ["srs_x0_n400", "strat_x0_n300", "clus_x0_n240"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.slow
def test_no_positives_give_an_upper_limit_near_the_rules_of_zero(
    sample: str, method: str, tmp_path: Path, estimate: TableProgram
) -> None:
    arguments, records = ciprop(shared_oracles("c04_ci"), tmp_path, sample)
    rule = next(r for r in records if r["id"].endswith("zero_rule_kish_df.0.95"))
    found = estimate(*arguments, "--interval", method).whole
    assert (found["estimate"], found["std_error"], found["ci_low"]) == (0.0, 0.0, 0.0)
    if method == "korn_graubard":
        assert found["ci_high"] == pytest.approx(rule["ci_high"], rel=rule["rel_tol"])
    else:  # the largest weight allowed for
        assert rule["ci_high"] * (1 - 1e-9) <= found["ci_high"] < 4 * rule["ci_high"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("estimator", ["horvitz_thompson", "difference"])
def test_limits_are_those_of_the_jobs(method: str, estimator: str, tmp_path: Path, estimate: TableProgram) -> None:
    random = np.random.default_rng(3)
    p = random.uniform(0.02, 0.6, 400)
    data = pd.DataFrame({"pi": p, "y": (random.random(400) < 0.05).astype(int), "x": random.integers(1, 9, 400)})
    data["s"] = np.clip(data["y"] * 0.2 + random.uniform(0, 0.1, 400), 0, 1)
    totals = {"population_size": 2_400.0, "exposure_total": 11_000.0, "score_total": 600.0}
    moments = LadderMoments.from_units(
        exposure=data["x"], verdicts=[data["y"]], probabilities=[data["pi"]], score=data["s"], **totals
    )
    expected = estimate_prevalence(moments, estimator=estimator)  # type: ignore[arg-type]
    limits = confidence_interval(expected, moments, method=method, level=0.9)  # type: ignore[arg-type]
    data["xs"] = data["x"] * data["s"]
    auxiliary = ["--auxiliary", "s"]
    if estimator == "difference":
        auxiliary = ["--auxiliary", "xs", "--auxiliary-total", "600"]
    found = estimate(
        *poisson(written(tmp_path, data), "--exposure", "x", "--exposure-total", 11_000, *auxiliary),
        *("--estimator", estimator, "--interval", method, "--level", 0.9),
    ).whole
    assert found["estimate"] == pytest.approx(expected.prevalence, rel=1e-9)
    assert found["std_error"] == pytest.approx(expected.std_error, rel=1e-9)
    if method != "split_gamma" or estimator == "horvitz_thompson":  # where the score is the same column
        assert found["ci_low"] == pytest.approx(limits.low, rel=1e-9)
        assert found["ci_high"] == pytest.approx(limits.high, rel=1e-9)


@pytest.fixture
def audited(tmp_path: Path) -> pd.DataFrame:
    random = np.random.default_rng(8)
    n = 600
    truth = random.random(n) < 0.1
    label = np.where(random.random(n) < 0.9, truth, ~truth).astype(int)
    q = np.where(label == 1, 0.8, 0.2)
    is_audited = random.random(n) < q
    return pd.DataFrame(
        {
            "y": label,
            "pi": random.uniform(0.05, 0.5, n),
            "s": np.clip(0.5 * truth + random.uniform(0, 0.1, n), 0, 1).round(6),
            "h": pd.array(truth.astype(int), dtype="Int64"),
            "q": q,
        }
    ).assign(h=lambda d: d["h"].where(is_audited))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_audit_is_the_label_ladder_of_the_jobs(
    estimator: Any, audited: pd.DataFrame, tmp_path: Path, estimate: TableProgram
) -> None:
    moments = LadderMoments.from_units(
        exposure=np.ones(600),
        verdicts=[audited["y"], audited["h"].astype(float)],
        probabilities=[audited["pi"], audited["pi"] * audited["q"]],
        population_size=4_000,
        exposure_total=4_000,
        score=audited["s"],
        score_total=420,
        largest_weight=float((1 / (audited["pi"] * audited["q"])).max()),
    )
    expected = estimate_prevalence(moments, estimator=estimator)
    limits = confidence_interval(expected, moments, method="split_gamma")
    options = poisson(written(tmp_path, audited), "--audit-label", "h", "--audit-probability", "q")
    options += ["--population-size", 4_000, "--auxiliary", "s", "--auxiliary-total", 420]
    found = estimate(*options, "--estimator", estimator).whole
    assert (found["estimate"], found["std_error"]) == (expected.prevalence, expected.std_error)
    assert (found["ci_low"], found["ci_high"]) == (limits.low, limits.high)
    assert found["n"] == 600


def test_an_audited_total_is_the_rate_times_the_population(
    audited: pd.DataFrame, tmp_path: Path, estimate: TableProgram
) -> None:
    options = poisson(written(tmp_path, audited), "--audit-label", "h", "--audit-probability", "q")
    options += ["--population-size", 4_000, "--interval", "split_gamma", "--estimator"]
    rate, total = (estimate(*options, name).whole for name in ("horvitz_thompson", "total"))
    for number in ("estimate", "std_error", "ci_low", "ci_high"):
        assert total[number] == pytest.approx(4_000 * rate[number])


def labels_only(tmp_path: Path, labels: list[int]) -> list[object]:
    source = written(tmp_path, {"y": labels, "pi": [0.1] * len(labels)})
    return poisson(source, "--estimator", "hajek")


@pytest.mark.parametrize("method", METHODS)
def test_no_positive_is_never_a_sure_zero(method: str, tmp_path: Path, estimate: TableProgram) -> None:
    found = estimate(*labels_only(tmp_path, [0] * 50), "--interval", method).whole
    assert (found["estimate"], found["ci_low"]) == (0.0, 0.0)
    assert found["ci_high"] == pytest.approx(-math.log(0.025) / 50, rel=0.05)  # the rule of three


@pytest.mark.parametrize("method", METHODS)
def test_all_positive_mirrors_no_positive(method: str, tmp_path: Path, estimate: TableProgram) -> None:
    none = estimate(*labels_only(tmp_path, [0] * 50), "--interval", method).whole
    every = estimate(*labels_only(tmp_path, [1] * 50), "--interval", method).whole
    assert (every["estimate"], every["ci_high"]) == (1.0, 1.0)
    assert every["ci_low"] == pytest.approx(1 - none["ci_high"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_positive", [0, 1, 2, 49, 50])
@pytest.mark.slow
def test_limits_lie_in_the_unit_interval(method: str, n_positive: int, tmp_path: Path, estimate: TableProgram) -> None:
    labels = [1] * n_positive + [0] * (50 - n_positive)
    found = estimate(*labels_only(tmp_path, labels), "--interval", method).whole
    assert 0.0 <= found["ci_low"] <= found["estimate"] <= found["ci_high"] <= 1.0
    assert found["ci_low"] < found["ci_high"]


def test_an_estimate_beyond_one_has_limits_within(units: Path, estimate: TableProgram) -> None:
    found = estimate(*poisson(units, "--estimator", "horvitz_thompson", "--population-size", 10)).whole
    assert found["estimate"] == pytest.approx(1.4)  # as the estimator gives it
    assert 0.0 <= found["ci_low"] < found["ci_high"] == 1.0


def test_a_total_of_nothing_found_has_an_upper_limit(tmp_path: Path, estimate: TableProgram) -> None:
    source = written(tmp_path, {"y": [0] * 50, "pi": [0.1] * 50})
    found = estimate(*poisson(source, "--estimator", "total")).whole
    assert (found["estimate"], found["ci_low"]) == (0.0, 0.0)
    assert found["ci_high"] == pytest.approx(-math.log(0.025) * 10)
