"""Shares of cases that come in families: exact limits of plain counts, honest ones of variants."""

import numpy as np
import pytest

from lib.estimation.comparison.clustered_rate import clustered_rate
from lib.estimation.misclassification.binomial_limits import binomial_limits
from tests.estimation.references import oracle_results

EXPECTED = oracle_results("misclassification_expected.json")
# right on positives, positives, right on negatives, negatives of the audit behind each record
AUDITS = {
    "1": (178, 179, 358, 359),
    "2": (32, 33, 20, 20),
    "3": (85, 100, 995, 1_000),
    "4": (38, 40, 499, 500),
    "5": (20, 20, 300, 300),
    "6": (88, 89, 132, 134),
    "7": (55, 70, 470, 500),
}


@pytest.mark.parametrize("case", AUDITS)
def test_cases_without_relatives_have_exact_limits(case: str) -> None:
    record = EXPECTED[f"c08_misclass.est.{case}.se_sp_exact"]
    counts = AUDITS[case]
    for name, right, n in (("se", *counts[:2]), ("sp", *counts[2:])):
        found = clustered_rate(np.arange(n) < right, np.arange(n), level=0.95)
        assert found is not None
        assert found.rate == pytest.approx(record[name], rel=record["rel_tol"])
        assert (found.low, found.high) == pytest.approx(tuple(record[f"{name}_ci"]), rel=record["rel_tol"])


def test_variants_of_one_phrase_are_not_more_cases() -> None:
    hits = np.repeat([1, 1, 1, 0, 1, 0, 1, 1], 4)
    families = np.repeat(np.arange(8), 4)
    found = clustered_rate(hits, families, level=0.95)
    assert found is not None
    assert found.effective_size == pytest.approx(8)
    assert (found.low, found.high) == pytest.approx(binomial_limits("clopper_pearson", 0.75, 8, 0.95))
    assert found.n_cases == 32


def test_all_or_none_is_worth_the_number_of_families() -> None:
    for value, end in ((1, 1.0), (0, 0.0)):
        found = clustered_rate(np.full(12, value), np.repeat(np.arange(4), 3), level=0.95)
        assert found is not None
        assert found.effective_size == pytest.approx(4)
        assert end in (found.low, found.high)
        assert found.high - found.low == pytest.approx(1 - 0.025 ** (1 / 4))


def test_one_family_is_one_case_and_none_is_none() -> None:
    found = clustered_rate([1, 0, 1], ["a", "a", "a"], level=0.95)
    assert found is not None
    assert (found.effective_size, round(found.rate, 3)) == (1.0, 0.667)
    assert found.low < 0.05
    assert found.high > 0.98
    assert clustered_rate([], [], level=0.95) is None


@pytest.mark.slow
def test_coverage_where_families_differ() -> None:
    # Family rates are Beta(1.5, 0.5), mean 0.75; five variants of each of 20 phrases.
    rng = np.random.default_rng(7)
    covered = naive = 0
    for _ in range(500):
        hits = rng.binomial(1, np.repeat(rng.beta(1.5, 0.5, 20), 5))
        found = clustered_rate(hits, np.repeat(np.arange(20), 5), level=0.95)
        assert found is not None
        low, high = binomial_limits("clopper_pearson", float(hits.mean()), hits.size, 0.95)
        covered += found.low <= 0.75 <= found.high
        naive += low <= 0.75 <= high
    assert covered / 500 > 0.93
    assert naive / 500 < 0.90
