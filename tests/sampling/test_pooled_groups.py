"""However many strata and segment values the logs name, a design draws from as many as it bears."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from lib.sampling import planned_population
from lib.sampling.pooled_groups import kept_groups
from tests.sampling.scored_units import design, draw, unit_scores

POLICIES = ["a"]


def _kept(strata: dict[str, int], **fields: Any) -> list[str] | None:
    return kept_groups({"stratum": strata}, design(**({"strata": ["surface"]} | fields))).get("stratum")


def test_strata_that_the_budget_bears_stay_as_they_are() -> None:
    assert _kept({"a": 500, "b": 3, "c": 99}, sample_size=103, minimum_stratum_size=50) is None
    assert _kept({f"s{i}": 1 for i in range(100)}, sample_size=100) is None


def test_the_largest_strata_are_kept_and_of_equal_ones_the_first_by_name() -> None:
    sizes = {"a": 60, "b": 3, "c": 99, "d": 60}
    assert _kept(sizes, sample_size=152, minimum_stratum_size=50) == ["c", "a"]
    assert _kept(sizes, sample_size=1_000, maximum_groups=3) == ["c", "a"]


def test_the_minimum_of_the_pooled_stratum_counts_too() -> None:
    # 99 strata with a minimum of 2 and `other` with 2 need 200.
    sizes = {f"s{i:03d}": 2 for i in range(150)}
    assert len(_kept(sizes, sample_size=200) or []) == 99
    assert len(_kept(sizes, sample_size=199) or []) == 98


def test_a_budget_below_a_single_minimum_leaves_nothing_to_keep() -> None:
    assert _kept({"a": 60, "b": 70}, sample_size=40, minimum_stratum_size=50) == []


def test_strata_that_a_boost_names_come_first_and_boosts_over_all_strata_bind() -> None:
    sizes = {"a": 60, "b": 3, "c": 99}
    boost = {"name": "b_only", "sample_size": 2, "policy_importance": {"a": 1.0}}
    assert _kept(sizes, sample_size=1_000, maximum_groups=2, boosts=[boost | {"strata": ["b"]}]) == ["b"]
    everywhere = boost | {"sample_size": 100}
    assert _kept(sizes, sample_size=1_000, minimum_stratum_size=50, boosts=[everywhere]) == ["c"]


def test_segments_are_bounded_whatever_the_budget() -> None:
    values = {f"v{i:02d}": 100 - i for i in range(20)}
    kept = kept_groups({"stratum": {"all": 100}, "country": values}, design(sample_size=10, maximum_groups=5))
    assert kept == {"country": ["v00", "v01", "v02", "v03"]}


@pytest.mark.parametrize("most_cells", [100_000, 20])
def test_a_day_of_invented_surfaces_is_drawn_with_its_totals(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, most_cells: int
) -> None:
    monkeypatch.setattr(planned_population, "_MOST_CELLS", most_cells)
    surfaces = ["search"] * 40 + ["home|feed"] * 30 + [f"\x00<b>{i}" for i in range(50)]
    rows = [
        {"surface": surface, "viewed_pin_count": i % 3, "scores": {"a": 0.01}} for i, surface in enumerate(surfaces)
    ]
    drawn = draw(
        unit_scores(spark, rows), policies=POLICIES, segments=["surface"], strata=["surface"], sample_size=30,
        minimum_stratum_size=10, maximum_groups=4,
    )  # fmt: skip
    units = drawn.units.collect()
    drawn.release()
    sizes = {row["stratum"]: (row["population_size"], row["exposure_totals"]["views"]) for row in drawn.frame}
    views = [sum(i % 3 for i in numbers) for numbers in (range(40), range(40, 70), range(70, 120))]
    assert sizes == {"search": (40, views[0]), "home|feed": (30, views[1]), "other": (50, views[2])}
    assert sum(row["sample_size"] for row in drawn.frame) == len(units) == 30
    # Four values of the segment are told apart: of the fifty of one unit each, the first by name.
    by_segment = {
        (row["stratum"], total[1]): total[3]
        for row in drawn.frame
        for total in row["segment_totals"]
        if total[0] == "surface" and total[2] == "units"
    }
    assert by_segment == {
        ("search", "search"): 40, ("home|feed", "home|feed"): 30, ("other", "other"): 49, ("other", "\x00<b>0"): 1,
    }  # fmt: skip
    for unit in units:
        assert unit["segments"]["surface"] in ({unit["stratum"]} | {"\x00<b>0"})
