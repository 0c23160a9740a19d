"""Missing labels and ladders of any rungs: what Spark makes of them against numpy, and by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.estimation.ladder_moments import LadderMoments
from lib.moments.ladder_rows import ladder_rows
from lib.moments.response import with_response
from tests.moments.expected_moments import assert_moments_equal, expected_ladder, expected_moments
from tests.moments.labelled_units import (
    MEASURES,
    NAN,
    POLICIES,
    UNITS,
    Unit,
    label_table,
    moments_of_labels,
    sample_table,
)

Cell = tuple[str, ...]
U01, U02, U03, U04, U05, U06, U07, U08 = UNITS
UNSURE = (
    replace(U01, a=(1, NAN, NAN)),  # people and experts cannot tell: the first label stands in for the people's
    replace(U02, a=(NAN, 1)),  # the LLM cannot tell, people can
    U03,
    replace(U04, a=(NAN,), b=(NAN,), has_labels=False),  # nothing came back, so it could not climb
    U05,
    replace(U06, b=(1, 1, NAN)),
    replace(U07, a=(0, NAN)),
    U08,
)
# The LLM alone: test_accumulate.
LADDERS = (("human",), ("llm", "human"), ("llm", "human", "gold"))
SEGMENTS = (("s1", "all", "all"), ("s2", "all", "all"), ("s1", "country", "FR"))


def _labels(spark: SparkSession, units: Sequence[Unit], rungs: Sequence[str]) -> DataFrame:
    """Labels of `units`; of policy b, u03 has no row on the first rung, although policy a has one."""
    labels = label_table(spark, units, rungs=rungs)
    is_lost = (F.col("unit_id") == "u03") & (F.col("policy") == "b") & (F.col("rung") == rungs[0])
    return labels.where(~is_lost)


@pytest.fixture(scope="module")
def rows(_session: SparkSession) -> dict[tuple[str, ...], dict[Cell, dict[str, Any]]]:
    """Rows by ladder and cell."""
    key = ("stratum", "policy", "measure", "segment", "segment_value", "component")
    return {
        rungs: {
            tuple(row[name] for name in key): row.asDict()
            for row in moments_of_labels(_session, UNSURE, _labels(_session, UNSURE, rungs)).collect()
        }
        for rungs in LADDERS
    }


@pytest.mark.parametrize("rungs", LADDERS, ids="+".join)
def test_ladders_with_missing_labels_are_those_of_numpy(
    rows: dict[tuple[str, ...], dict[Cell, dict[str, Any]]], rungs: tuple[str, ...]
) -> None:
    without_row = [replace(unit, b=(NAN, *unit.b[1:])) if unit.unit_id == "u03" else unit for unit in UNSURE]
    for stratum, *segment in SEGMENTS:
        for policy in POLICIES:
            for measure in MEASURES:
                for component in ("unit", "query", "all_but_query") if segment[0] == "all" else ("unit",):
                    expected = expected_moments(
                        without_row,
                        [stratum],
                        policy,
                        measure,
                        (segment[0], segment[1]),
                        n_rungs=len(rungs),
                        component=component,
                        rungs=rungs,
                    )
                    found = LadderMoments.from_row(rows[rungs][(stratum, policy, measure, *segment, component)])
                    assert_moments_equal(found, expected, tolerance=1e-12)


@pytest.mark.parametrize("rungs", LADDERS, ids="+".join)
def test_missing_rates_are_those_of_numpy(
    rows: dict[tuple[str, ...], dict[Cell, dict[str, Any]]], rungs: tuple[str, ...]
) -> None:
    expected = expected_ladder(UNSURE, "a", n_rungs=len(rungs)).missing_rates
    cells = [rows[rungs][(stratum, "a", "units", "all", "all", "unit")] for stratum in ("s1", "s2")]
    for rung, rate in enumerate(expected, start=1):
        drawn, missing = (sum(cell[f"sum_{kind}_weight_{rung}"] for cell in cells) for kind in ("drawn", "missing"))
        assert missing / drawn == pytest.approx(rate, rel=1e-12)


def test_missing_labels_by_hand(rows: dict[tuple[str, ...], dict[Cell, dict[str, Any]]]) -> None:
    row = rows[("llm", "human")][("s1", "a", "units", "all", "all", "unit")]
    # u01 to u05 weigh 10, 20, 2.5, 50 and 1. The LLM cannot tell u02 and gives nothing on u04.
    assert [row[f"n_{rung}"] for rung in (1, 2, 3)] == [3, 3, 0]
    assert [row[f"n_missing_{rung}"] for rung in (1, 2, 3)] == [2, 1, 0]
    assert (row["sum_drawn_weight_1"], row["sum_missing_weight_1"]) == (pytest.approx(83.5), pytest.approx(70))
    # The score .01 of u02 stands in for its verdict, so of rung 1 only u04 is lost, of the same score class .01 to .1.
    # With less than two respondents that cell takes in u07 of s2 (1/.15), the neighbour below.
    response = (20 + 1 / 0.15) / (70 + 1 / 0.15)
    assert row["sum_weight_1"] == pytest.approx(10 + 2.5 + 1 + 20 / response)
    assert (row["n_positive_1"], row["n_positive_2"]) == (3, 2)


def test_a_label_missing_on_a_higher_rung_leaves_the_lower_ones_alone(spark: SparkSession) -> None:
    complete, unsure = (
        ladder_rows(
            sample_table(spark, units),
            label_table(spark, units, rungs=("llm", "human")),
            policies=["a"],
            rungs=["llm", "human"],
        )
        for units in ((U05, U07), (U05, replace(U07, a=(0, NAN))))
    )
    names = ("state_1", "label_1", "probability_1", "response_1", "state_2", "label_2", "probability_2", "response_2")
    answered = with_response(unsure, cells=["verdict_below"], minimum_respondents=1)
    found = {row["unit_id"]: tuple(row[name] for name in names) for row in answered.collect()}
    assert found == {
        "u05": ("violating", 1.0, 1.0, 1.0, "violating", 1.0, 1.0, pytest.approx(1 / (1 + 1 / (0.15 * 0.2)))),
        "u07": ("not_violating", 0.0, 0.15, 1.0, "missing", None, pytest.approx(0.03), found["u05"][-1]),
    }
    whole = with_response(complete, cells=["verdict_below"], minimum_respondents=1)
    assert {row["response_2"] for row in whole.collect()} == {1.0}
