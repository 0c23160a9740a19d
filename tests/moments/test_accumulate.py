"""Moments from Spark against the same moments in numpy, for ladders of one, two and three rungs."""

from typing import Any

import pytest
from pyspark.sql import SparkSession

from lib.estimation.ladder_moments import LadderMoments
from schemas import prevalence_moments
from schemas.contracts.moment_names import COMPLEMENT_PREFIX, COMPONENTS, COUNT_COLUMNS, MAX_COLUMNS, SUM_COLUMNS
from tests.moments.expected_moments import assert_moments_equal, expected_moments
from tests.moments.labelled_units import (
    KNOWN,
    MEASURES,
    POLICIES,
    UNITS,
    moments_of,
)

Cell = tuple[str, ...]
PARTS = ("unit", *COMPONENTS, *[COMPLEMENT_PREFIX + component for component in COMPONENTS])
CELLS = [
    (stratum, policy, measure, *segment, part)
    for stratum, *segment in KNOWN
    for policy in POLICIES
    for measure in MEASURES
    for part in (PARTS if segment[0] == "all" else ("unit",))
]
_KEY = ("stratum", "policy", "measure", "segment", "segment_value", "component")


@pytest.fixture(scope="module")
def rows(_session: SparkSession) -> dict[int, dict[Cell, dict[str, Any]]]:
    """Rows by number of rungs and cell."""
    by_rungs = {n_rungs: moments_of(_session, UNITS, n_rungs=n_rungs).collect() for n_rungs in (1, 2, 3)}
    return {
        n_rungs: {tuple(row[name] for name in _KEY): row.asDict() for row in found}
        for n_rungs, found in by_rungs.items()
    }


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
def test_moments_are_those_of_numpy_in_every_cell(rows: dict[int, dict[Cell, dict[str, Any]]], n_rungs: int) -> None:
    assert set(rows[n_rungs]) == set(CELLS)
    for cell in CELLS:
        stratum, policy, measure, *segment, part = cell
        expected = expected_moments(UNITS, [stratum], policy, measure, tuple(segment), n_rungs=n_rungs, component=part)
        found = LadderMoments.from_row(rows[n_rungs][cell])
        assert_moments_equal(found, expected, tolerance=1e-12)


def test_a_sum_and_a_product_by_hand(rows: dict[int, dict[Cell, dict[str, Any]]]) -> None:
    row = rows[2][("s2", "a", "views", "all", "all", "unit")]
    # u06: x 4, p .25, q .25; u07: x 1, p .15, q .2; u08: x 5, p .6. By the LLM only u08 violates, by people only u06.
    assert row["sum_1_exposure"] == pytest.approx(4 / 0.25 + 1 / 0.15 + 5 / 0.6)
    assert row["sum_1_label_1"] == pytest.approx(5 / 0.6)
    assert row["sum_2_label_2"] == pytest.approx(4 / 0.0625)
    assert row["product_1_label_1__1_label_1"] == pytest.approx(25 * (1 / 0.6 - 1) / 0.6)
    assert row["product_1_exposure__2_label_2"] == pytest.approx(16 * (1 / 0.25 - 1) / 0.0625)
    # 4 / .0625 = 64 is seen; the rungs' draws allow 70.
    assert row["largest_weight"] == 70.0
    assert (row["n_1"], row["n_2"], row["n_3"], row["n_positive_1"], row["n_positive_2"]) == (3, 2, 0, 1, 1)


def test_a_cell_without_sampled_units_keeps_its_known_totals(rows: dict[int, dict[Cell, dict[str, Any]]]) -> None:
    row = rows[3][("s2", "a", "units", "country", "IT", "unit")]
    assert (row["population_size"], row["exposure_total"], row["score_total"]) == (1.0, 1.0, 0.0)
    assert row["has_score"] is True
    moments = [name for name in SUM_COLUMNS if name not in ("population_size", "exposure_total", "score_total")]
    assert {row[name] for name in (*moments, *COUNT_COLUMNS)} == {0}
    assert row["largest_weight"] == rows[3][("s2", "a", "units", "all", "all", "unit")]["largest_weight"] > 0


def test_rungs_that_are_not_in_use_are_zero(rows: dict[int, dict[Cell, dict[str, Any]]]) -> None:
    row = rows[1][("s1", "b", "views", "all", "all", "unit")]
    assert (row["rungs"], row["label_sources"], row["has_score"]) == (["llm"], ["file"], False)
    assert {
        row[name] for name in (*SUM_COLUMNS, *COUNT_COLUMNS) if name.endswith(("_2", "_3")) and "_1_" not in name
    } == {0}


def test_moments_are_the_table_without_day_and_run(spark: SparkSession) -> None:
    moments = moments_of(spark, UNITS, n_rungs=1)
    expected = [name for name in prevalence_moments.TABLE.column_names if name not in ("ds", "made_of", "job_run_id")]
    assert sorted(moments.columns) == sorted(expected)
    assert set(MAX_COLUMNS) < set(moments.columns)
