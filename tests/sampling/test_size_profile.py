"""The histogram of sizes: the threshold that it gives against the sorted definition, and what rides on it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from lib.sampling.population import StratumPopulation
from lib.sampling.size_profile import StratumProfile, size_profiles
from tests.sampling.scored_units import unit_scores


def _profile(sizes: list[float]) -> StratumProfile:
    values, counts = np.unique(sizes, return_counts=True)
    return StratumProfile(counts.astype(float), values, {}, {}, {}, {})


@settings(deadline=None)
@given(st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=40), st.floats(0.01, 1.2))
@pytest.mark.slow
def test_the_threshold_gives_the_expected_size(sizes: list[float], share: float) -> None:
    profile = _profile(sizes)
    expected = share * len(sizes)
    threshold = profile.threshold(expected)
    if expected >= len(sizes):
        assert threshold == np.inf
    else:
        assert profile.expected_size(threshold) == pytest.approx(expected, rel=1e-9)


def test_the_profile_of_spark_is_that_of_numpy(spark: SparkSession) -> None:
    random = np.random.default_rng(6)
    sizes = 10 ** random.uniform(-9, -1, 3000)  # 1e8 between the smallest and the largest
    rows = [{"viewed_pin_count": int(random.poisson(2)), "scores": {"a": float(random.beta(0.2, 5))}} for _ in sizes]
    units = unit_scores(spark, [row | {"surface": str(size)} for row, size in zip(rows, sizes, strict=True)])
    sized = units.selectExpr("*", "'all' AS stratum", "cast(surface AS double) AS size")
    views = np.array([row["viewed_pin_count"] for row in rows], dtype=float)
    totals = {"units": 3000.0, "views": float(views.sum())}
    population = StratumPopulation("all", 3000, "v1", totals, {}, {}, {"a": 1.0}, ())
    profile = size_profiles(
        sized, size_measure="size", populations=[population], measures=["units", "views"], policies=["a"]
    )["all"]
    assert profile.population_size == 3000
    assert len(profile.counts) < 250
    for n in (10, 200, 1500, 2990):
        exact = _profile(sizes.tolist()).threshold(n)
        found = profile.threshold(n)
        assert found == pytest.approx(exact, rel=0.005)
        assert np.minimum(1, found * sizes).sum() == pytest.approx(n, rel=0.002)
    assert profile.largest_ratios == pytest.approx({"units": 1 / sizes.min(), "views": (views / sizes).max()})
    assert profile.largest_exposures == {"units": 1.0, "views": views.max()}
    score = np.array([row["scores"]["a"] for row in rows])
    for measure, x in (("units", np.ones(3000)), ("views", views)):
        terms = x**2 * score * (1 - score)
        assert profile.draw_variances["a", measure] == pytest.approx(np.sum(terms / sizes), rel=1e-6)
        assert profile.corrections["a", measure] == pytest.approx(np.sum(terms), rel=1e-4)
