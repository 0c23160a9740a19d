"""Rows of sample_plans from a synthetic frame."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib.planning.label_model import ErrorRates
from lib.planning.plan_rows import PlanRequest, plan_rows
from lib.planning.summary import plan_summary
from schemas import sample_plans
from schemas.contracts.settings import PlanningSettings
from tests.planning.frames import unit_frame

PLANNING = PlanningSettings(budget_multiples=[0.5, 2], wanted_relative_error=0.2)
REQUEST = PlanRequest(
    sizes=(1000.0, 300.0),
    costs=(0.02, 1.5),
    measures=("units", "views"),
    estimator="regression",
    scored_policies=frozenset({"common"}),
    planning=PLANNING,
)


@pytest.fixture(scope="module")
def model() -> Any:
    frame = unit_frame(np.random.default_rng(5), size=5_000, prevalences=(0.03, 0.01))
    return frame.model(("llm", "human"), [ErrorRates(0.85, 0.997)])


@pytest.fixture(scope="module")
def rows(model: Any) -> list[dict[str, Any]]:
    return plan_rows(model, REQUEST)


def of_kind(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["kind"] == kind]


@pytest.mark.slow
def test_every_row_has_the_columns_of_the_table_and_a_key_of_its_own(rows: list[dict[str, Any]]) -> None:
    columns = set(sample_plans.TABLE.column_names) - {"ds", "design_id", "job_run_id"}
    assert all(set(row) == columns for row in rows)
    key = [name for name in sample_plans.TABLE.key if name != "design_id"]
    assert len({tuple(row[name] for name in key) for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == set(sample_plans.KINDS)
    assert len(of_kind(rows, "budget")) == 2 * len(of_kind(rows, "configured")) == 2 * 2 * 2


@pytest.mark.slow
def test_what_a_budget_costs_and_what_can_be_seen_with_it(rows: list[dict[str, Any]]) -> None:
    row = of_kind(rows, "configured")[0]
    assert (row["n_llm"], row["n_human"], row["n_gold"], row["cost"]) == (1000, 300, None, pytest.approx(470))
    relative = row["expected_std_error"] / row["expected_prevalence"]
    assert row["expected_relative_error"] == pytest.approx(relative, rel=1e-5)
    # Level 0.95, power 0.8: 1.959964 + 0.841621 standard errors of a difference.
    assert row["smallest_change_day"] == pytest.approx(2.801585 * math.sqrt(2) * relative, rel=1e-5)
    assert row["smallest_change_week"] == pytest.approx(row["smallest_change_day"] / math.sqrt(7), rel=1e-5)
    assert [row["has_score"] for row in of_kind(rows, "configured")] == [True, True, False, False]


def test_more_labels_give_smaller_errors_and_the_wanted_ones_are_reached(rows: list[dict[str, Any]]) -> None:
    half, double = (
        [row["expected_relative_error"] for row in of_kind(rows, "budget") if row["scenario"] == scenario]
        for scenario in ("x0.5", "x2")
    )
    assert np.all(np.array(half) > np.array(double))
    assert [row["expected_relative_error"] for row in of_kind(rows, "wanted_error")] == pytest.approx(
        [0.2] * 4, rel=1e-3
    )
    assert max(row["expected_relative_error"] for row in of_kind(rows, "wanted_error_all")) == pytest.approx(
        0.2, rel=1e-3
    )


def test_the_split_costs_the_same_and_errs_less(rows: list[dict[str, Any]]) -> None:
    split, configured = of_kind(rows, "best_split"), of_kind(rows, "configured")
    assert [row["cost"] for row in split] == pytest.approx([470] * 4)
    squares = [sum(row["expected_relative_error"] ** 2 for row in chosen) for chosen in (split, configured)]
    assert squares[0] < squares[1]


@pytest.mark.slow
def test_without_prices_no_money_is_split(model: Any) -> None:
    found = plan_rows(model, replace(REQUEST, costs=(0.02, None)))
    assert of_kind(found, "best_split") == []
    assert {row["cost"] for row in found} == {None}


def test_the_summary_names_the_three_plans(rows: list[dict[str, Any]]) -> None:
    lines = plan_summary(rows)
    assert [line.partition(" (")[0] for line in lines] == [
        "configured budget",
        "budget for the wanted error of every policy",
        "best split",
    ]
    assert "llm 1,000, human 300, 470 EUR a day; relative error common units" in lines[0]
