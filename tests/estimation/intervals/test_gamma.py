"""Gamma limits against R's epiR and asht, and what they are on days without violations."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lib.estimation.intervals.gamma import gamma, gamma_mid_p, gamma_quantile
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

Counts = dict[str, list[tuple[float, float]]]


def read_counts(path: Path) -> Counts:
    """Weight and count of every class, by case: the rate is Σ (N_k/ΣN)·count_k/n_k."""
    rows = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            rows[row["case"]].append((float(row["N_k"]), float(row["n"]), float(row["count"])))
    whole = {case: sum(size for size, _, _ in classes) for case, classes in rows.items()}
    return {case: [(size / whole[case] / n, count) for size, n, count in classes] for case, classes in rows.items()}


def assert_limits(record: dict[str, Any], counts: Counts) -> None:
    _, function, case, weight_type, *_ = record["id"].split(".")
    classes = counts[case]
    rate = sum(weight * count for weight, count in classes)
    variance = sum(weight**2 * count for weight, count in classes)
    weights = [weight for weight, _ in classes]
    next_weight = float(np.mean(weights)) if weight_type == "mean" else max(weights)
    is_mid_p = function == "wspoisson" and ".midp." in record["id"]
    method = gamma_mid_p if is_mid_p else gamma
    low, high = method(rate, variance, next_weight=next_weight, level=record["level"])
    assert low == pytest.approx(record["ci_low"], rel=record["rel_tol"], abs=1e-15)
    assert high == pytest.approx(record["ci_high"], rel=record["rel_tol"])


EXPECTED = oracle_results("gamma_interval_expected.json")


@pytest.mark.parametrize("record_id", EXPECTED)
def test_limits_match_the_reference(record_id: str) -> None:
    assert_limits(EXPECTED[record_id], read_counts(oracle_path("gamma_interval_counts.csv")))


def test_limits_match_the_whole_shared_collection() -> None:
    folder = shared_oracles("c04_ci")
    counts = read_counts(folder / "gamma_counts.csv")
    records = json.loads((folder / "expected.json").read_text())["results"]
    functions = {"gamma": ("",), "wspoisson": ("max", "mean")}
    chosen = [
        record
        for record in records
        if (parts := record["id"].split("."))[1] in functions
        and (parts[1] == "gamma" or parts[3] in functions["wspoisson"])
    ]
    assert len(chosen) >= 72
    for record in chosen:
        assert_limits(record, counts)


def test_a_day_without_violations_gets_the_exponential_limit() -> None:
    low, high = gamma(0.0, 0.0, next_weight=0.01, level=0.95)
    assert (low, high) == (0.0, pytest.approx(-0.01 * np.log(0.025)))
    low, high = gamma_mid_p(0.0, 0.0, next_weight=0.01, level=0.95)
    assert (low, high) == (0.0, pytest.approx(-0.01 * np.log(0.05)))


def test_equal_weights_give_the_exact_poisson_limits() -> None:
    """Seven violations of weight .001: Garwood (1936) has 2.814 and 14.423 for a count of 7."""
    low, high = gamma(0.007, 7e-6, next_weight=0.001, level=0.95)
    assert low == pytest.approx(0.002814, rel=1e-3)
    assert high == pytest.approx(0.014423, rel=1e-3)


def test_quantiles_of_a_point() -> None:
    assert gamma_quantile(0.9, 0.25, 0.0) == 0.25
    assert gamma_quantile(0.9, 0.0, 0.0) == 0.0
