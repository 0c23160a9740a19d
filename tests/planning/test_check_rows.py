"""Rows of plan_checks: what is compared, what cannot be, and where the alarm limit lies."""

import math
from datetime import date
from typing import Any

import pytest

from lib.planning.check_rows import realised_error_rows, validation_arm_rows
from lib.planning.summary import alarm_lines
from schemas import plan_checks

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def plan(ds: date, **fields: Any) -> dict[str, Any]:
    nu = 12.0
    return {
        "ds": ds,
        "policy": "a",
        "measure": "units",
        "has_score": True,
        "exposure_total": 1e4,
        "scores_std_error": 0.001,
        "variance_degrees_of_freedom": nu,
        "variance_skewness": math.sqrt(8 / nu),
    } | fields


def number(period: str, last: date, std_error: float | None, **fields: Any) -> dict[str, Any]:
    first = MONDAY if period == "week" else last
    n_days = (last - first).days + 1
    spans = {"period": period, "period_start": first, "period_end": last, "n_days": n_days}
    return spans | {"policy": "a", "measure": "units", "std_error": std_error} | fields


def test_a_day_and_its_week_are_compared() -> None:
    plans = [plan(MONDAY), plan(TUESDAY)]
    numbers = [number("day", TUESDAY, 0.0011), number("week", TUESDAY, 0.0016), number("all", TUESDAY, 0.9)]
    day, week = realised_error_rows(plans, numbers, significance=0.05)
    assert (day["period"], day["planned"], day["realised"]) == ("day", pytest.approx(0.001), 0.0011)
    assert (day["status"], day["alarm_limit"], day["degrees_of_freedom"]) == ("as_planned", 0.05, pytest.approx(12.0))
    assert week["planned"] == pytest.approx(0.001 / math.sqrt(2))
    assert week["degrees_of_freedom"] == pytest.approx(24.0)
    assert week["ratio"] == pytest.approx(1.6 * math.sqrt(2))
    assert week["status"] == "blind_spot_suspected"
    assert set(day) | {"ds", "design_id", "job_run_id"} == set(plan_checks.TABLE.column_names)


def test_the_significance_is_shared_by_the_numbers_that_can_be_compared() -> None:
    plans = [plan(MONDAY), plan(MONDAY, policy="b"), plan(MONDAY, policy="c", has_score=False)]
    numbers = [number("day", MONDAY, 0.001, policy=policy) for policy in "abc"]
    rows = realised_error_rows(plans, numbers, significance=0.05)
    assert [row["alarm_limit"] for row in rows] == [0.025, 0.025, None]
    assert [row["status"] for row in rows] == ["as_planned", "as_planned", "not_checked"]


@pytest.mark.parametrize(
    ("plans", "numbers", "reason"),
    [
        ([plan(MONDAY)], [number("day", MONDAY, None)], "the number is held, it has no standard error"),
        ([plan(MONDAY)], [number("week", TUESDAY, 0.001)], "1 of 2 days have a plan"),
        ([], [number("day", MONDAY, 0.001)], "0 of 1 days have a plan"),
        (
            [plan(MONDAY, has_score=False)],
            [number("day", MONDAY, 0.001)],
            "a day had no scores: its plan rests on a prior",
        ),
        (
            [plan(MONDAY, scores_std_error=0.0, variance_skewness=None)],
            [number("day", MONDAY, 0.0)],
            "a day was planned as a census",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(
    plans: list[dict[str, Any]], numbers: list[dict[str, Any]], reason: str
) -> None:
    (row,) = realised_error_rows(plans, numbers, significance=0.05)
    assert (row["status"], row["reason"], row["ratio"], row["p_value"]) == ("not_checked", reason, None, None)


def arm(**fields: float | str) -> dict[str, Any]:
    sums = {"total": 100.0, "arm_total": 130.0, "variance": 225.0, "sum_squared_terms": 225.0**2 / 11}
    return {"policy": "a", "measure": "units", "exposure_total": 1e4} | sums | fields


def test_an_arm_beside_its_sample() -> None:
    (row,) = validation_arm_rows([arm()], ds=MONDAY, significance=0.05)
    assert (row["planned"], row["realised"], row["ratio"]) == pytest.approx((0.01, 0.013, 1.3))
    assert (row["status"], row["period_end"]) == ("as_planned", MONDAY)
    assert row["p_value"] == pytest.approx(0.0734, abs=1e-4)


def test_arms_that_disagree_are_told() -> None:
    rows = validation_arm_rows([arm(arm_total=200.0), arm(policy="b", variance=0.0)], ds=MONDAY, significance=0.05)
    assert [row["status"] for row in rows] == ["arms_disagree", "not_checked"]
    (line,) = alarm_lines(rows)
    assert line == (
        "arms_disagree: a, units, day from 2026-03-02: validation_arm 0.02 where 0.01 was expected (p 5.6e-05)"
    )
