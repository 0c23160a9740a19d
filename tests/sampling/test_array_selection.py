"""Drawing on arrays: definition, certainty units, strata, exact enumeration, and the very numbers of the Spark jobs."""

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import SparkSession

from lib.sampling.array_selection import (
    ArraySelection,
    bottom_k,
    permanent_random_numbers,
    poisson,
    poisson_factor,
)
from lib.sampling.selection import bottom_k as spark_bottom_k
from lib.sampling.selection import permanent_random_number
from tests.estimation.references import shared_oracles
from tests.sampling.planned_draws import planned_draws

FloatArray = npt.NDArray[np.float64]


def one_stratum(size: int) -> npt.NDArray[np.object_]:
    return np.full(size, "all", dtype=object)


def ids(size: int) -> npt.NDArray[np.object_]:
    return np.array([f"u{i:05d}" for i in range(size)], dtype=object)


def drawn_bottom_k(size_measure: FloatArray, random_number: FloatArray, n: int) -> ArraySelection:
    size = size_measure.size
    return bottom_k(size_measure, random_number, unit_ids=ids(size), stratum=one_stratum(size), sample_sizes={"all": n})


def drawn_poisson(size_measure: FloatArray, random_number: FloatArray, n: int) -> ArraySelection:
    return poisson(size_measure, random_number, stratum=one_stratum(size_measure.size), sample_sizes={"all": n})


def test_bottom_k_by_hand() -> None:
    # ranks 0.2, 0.1, 0.4, 0.05: the two smallest are the last and the second, the next one is 0.2
    selection = drawn_bottom_k(np.array([1.0, 2.0, 1.0, 8.0]), np.array([0.2, 0.2, 0.4, 0.4]), 2)
    assert selection.drawn.tolist() == [1, 3]
    assert selection.inclusion_probability.tolist() == [0.4, 1.0]
    assert selection.thresholds == {"all": 0.2}


@pytest.mark.parametrize("n", [4, 5, 1_000])
@pytest.mark.parametrize("draw", [drawn_bottom_k, drawn_poisson])
def test_everything_is_taken_with_certainty_when_there_is_no_more(draw: Any, n: int) -> None:
    selection = draw(np.array([1.0, 2.0, 1.0, 8.0]), np.array([0.2, 0.999, 0.4, 0.4]), n)
    assert selection.drawn.tolist() == [0, 1, 2, 3]
    assert selection.inclusion_probability.tolist() == [1.0] * 4
    assert selection.thresholds == {"all": None}


def test_tied_ranks_are_settled_by_identifier() -> None:
    sizes = np.array([1.0, 1.0, 1.0, 1.0])
    names = np.array(["d", "b", "c", "a"], dtype=object)
    selection = bottom_k(sizes, sizes / 2, unit_ids=names, stratum=one_stratum(4), sample_sizes={"all": 2})
    assert selection.drawn.tolist() == [1, 3]
    assert selection.inclusion_probability.tolist() == [0.5, 0.5]


def test_poisson_factor_with_certainty_units_by_hand() -> None:
    # 10 is certain, the others share n = 3 less 1: 2/8 each unit of size
    assert poisson_factor(np.array([1.0, 10.0, 3.0, 4.0]), 3) == 0.25
    # at the first guess 3/14 only the 10 is above 1; then 4·(2/8) is exactly 1
    assert poisson_factor(np.array([1.0, 10.0, 2.0, 4.0]), 3) == pytest.approx(1 / 3)


@pytest.mark.parametrize("n", [1, 7, 60, 299, 0.5, 12.3])
def test_poisson_probabilities_sum_to_n(n: float) -> None:
    sizes = np.exp(3 * np.random.default_rng(3).normal(size=300))
    factor = poisson_factor(sizes, n)
    assert factor is not None
    assert np.minimum(1.0, factor * sizes).sum() == pytest.approx(n, rel=1e-12)


def test_strata_are_drawn_apart() -> None:
    random = np.random.default_rng(5)
    sizes, numbers = random.lognormal(size=50), random.random(50)
    stratum = np.array(["b" if i % 3 else "a" for i in range(50)], dtype=object)
    both = bottom_k(sizes, numbers, unit_ids=ids(50), stratum=stratum, sample_sizes={"a": 4, "b": 6})
    for name, n in {"a": 4, "b": 6}.items():
        own = np.flatnonzero(stratum == name)
        alone = drawn_bottom_k(sizes[own], numbers[own], n)
        is_own = np.isin(both.drawn, own)
        assert both.drawn[is_own].tolist() == own[alone.drawn].tolist()
        assert both.inclusion_probability[is_own].tolist() == alone.inclusion_probability.tolist()
        assert both.thresholds[name] == alone.thresholds["all"]


def test_poisson_strata_are_drawn_by_their_own_factor() -> None:
    # a: 2/(1 + 3 + 4) = 1/4, so p = .25, .75 and 1; b: 1/(5 + 5) each
    selection = poisson(
        np.array([1.0, 5.0, 3.0, 4.0, 5.0]),
        np.array([0.24, 0.51, 0.76, 0.99, 0.49]),
        stratum=np.array(["a", "b", "a", "a", "b"], dtype=object),
        sample_sizes={"a": 2, "b": 1},
    )
    assert selection.thresholds == {"a": 0.25, "b": 0.1}
    assert selection.drawn.tolist() == [0, 3, 4]
    assert selection.inclusion_probability.tolist() == [0.25, 1.0, 0.5]


def test_random_numbers_are_pinned() -> None:
    """Figures that Spark gave: a sample drawn once must be drawn again by every later version."""
    assert permanent_random_numbers(["u1", "", "é"], seed=3).tolist() == [
        0.6395598505724515,
        0.22629134462574718,
        0.5094704665676014,
    ]
    assert permanent_random_numbers(["u1"], seed=3, stream="/human").tolist() == [0.625272880881487]


def enumerated() -> list[tuple[FloatArray, int, list[float]]]:
    folder = shared_oracles("c11_enumeration")
    populations = json.loads((folder / "expected_enumeration.json").read_text())["populations"]
    return [
        (np.array(p["population"]["w"], float), case["n"], priority["inclusion_probabilities"])
        for p in populations
        for case in p["by_n"]
        if (priority := case.get("bottom_k_conditional_threshold", {}).get("priority"))
    ]


@pytest.mark.slow
def test_bottom_k_takes_units_as_often_as_the_exact_enumeration_says() -> None:
    random, n_draws = np.random.default_rng(11), 3_000
    for sizes, n, expected in enumerated():
        counts = np.zeros(sizes.size)
        estimated_count = 0.0
        for numbers in 1.0 - random.random((n_draws, sizes.size)):
            selection = drawn_bottom_k(sizes, numbers, n)
            counts[selection.drawn] += 1
            estimated_count += float((1 / selection.inclusion_probability).sum()) / n_draws
        error = np.sqrt(np.array(expected) * (1 - np.array(expected)) / n_draws)
        assert np.all(np.abs(counts / n_draws - expected) < 4.5 * error + 1e-9)
        assert estimated_count == pytest.approx(sizes.size, rel=0.15)  # Σ 1/p is unbiased for N


def test_bottom_k_matches_the_reference_draw() -> None:
    """The collection tells who was drawn and tau, not u: numbers that agree with it must give its probabilities."""
    results = json.loads((shared_oracles("c11_enumeration") / "expected.json").read_text())["results"]
    records = {r["id"].partition(".prn.")[2]: r for r in results}
    # sizes are whole numbers whose sum shows in every probability
    sizes = np.round(np.array(records["inclusion_prob.n5.alpha0"]["pi"]) * 10_253 / 5)
    for n, next_unit in ((5, 42), (20, 26)):
        record = records[f"bottom_k.priority.n{n}"]
        numbers = np.full(sizes.size, 0.999)  # too late for every unit that is not certain
        numbers[record["units"]] = 0.5 * record["tau"] * sizes[record["units"]]
        numbers[next_unit] = record["tau"] * sizes[next_unit]
        selection = drawn_bottom_k(sizes, numbers, n)
        assert selection.drawn.tolist() == record["units"]
        assert selection.inclusion_probability == pytest.approx(record["p"], rel=record["rel_tol"])
        assert (1 / selection.inclusion_probability).sum() == pytest.approx(record["count"], rel=record["rel_tol"])


@pytest.mark.parametrize("n", [5, 20])
def test_poisson_probabilities_match_the_reference(n: int) -> None:
    results = json.loads((shared_oracles("c11_enumeration") / "expected.json").read_text())["results"]
    (record,) = [r for r in results if r["id"].endswith(f"prn.inclusion_prob.n{n}.alpha0")]
    (five,) = [r for r in results if r["id"].endswith("prn.inclusion_prob.n5.alpha0")]
    sizes = np.round(np.array(five["pi"]) * 10_253 / 5)
    factor = poisson_factor(sizes, n)
    assert factor is not None
    assert np.minimum(1.0, factor * sizes) == pytest.approx(record["pi"], rel=record["rel_tol"])


@pytest.mark.slow
def test_horvitz_thompson_is_unbiased_and_its_variance_estimate_too() -> None:
    random = np.random.default_rng(7)
    size_measure = random.lognormal(size=60)
    y = (random.random(60) < 0.3).astype(float)
    for draw in (drawn_bottom_k, drawn_poisson):
        totals, variances = [], []
        for numbers in 1.0 - random.random((4_000, 60)):
            selection = draw(size_measure, numbers, 15)
            weighted = y[selection.drawn] / selection.inclusion_probability
            totals.append(weighted.sum())
            variances.append(((1 - selection.inclusion_probability) * weighted**2).sum())
        assert abs(np.mean(totals) - y.sum()) < 4 * np.std(totals) / math.sqrt(4_000)
        assert np.mean(variances) / np.var(totals) == pytest.approx(1.0, abs=0.12)


def test_random_numbers_are_those_of_the_spark_jobs(spark: SparkSession) -> None:
    unit_ids = ["", "a", "ünï" + "x" * 40, *(f"u{i:06d}" for i in range(500))]
    units = spark.createDataFrame([(unit_id,) for unit_id in unit_ids], "unit_id string")
    streams = [(7, ""), (-3, ""), (7, "/human")]
    columns = [permanent_random_number(seed, stream).alias(f"u{i}") for i, (seed, stream) in enumerate(streams)]
    rows = {row["unit_id"]: list(row)[1:] for row in units.select("unit_id", *columns).collect()}
    for i, (seed, stream) in enumerate(streams):
        numbers = permanent_random_numbers(unit_ids, seed=seed, stream=stream)
        assert numbers.tolist() == [rows[unit_id][i] for unit_id in unit_ids]
        assert np.all((numbers > 0.0) & (numbers < 1.0))


def test_bottom_k_is_the_draw_of_the_spark_jobs(spark: SparkSession) -> None:
    random = np.random.default_rng(2)
    strata = np.array(["a" if i % 4 else "b" for i in range(400)], dtype=object)
    sizes = random.lognormal(0, 2, 400)
    sample_sizes = {"a": 30, "b": 12}
    rows = [(*labels, float(size)) for *labels, size in zip(ids(400), strata, sizes, strict=True)]
    population = spark.createDataFrame(rows, "unit_id string, stratum string, main double")
    units = spark_bottom_k(*planned_draws(population, {"main": sample_sizes}), seed=7).units
    by_spark = {row["unit_id"]: row["inclusion_probability"] for row in units.collect()}
    numbers = permanent_random_numbers(ids(400), seed=7)
    selection = bottom_k(sizes, numbers, unit_ids=ids(400), stratum=strata, sample_sizes=sample_sizes)
    names = ids(400)[selection.drawn]
    assert dict(zip(names, selection.inclusion_probability.tolist(), strict=True)) == by_spark
