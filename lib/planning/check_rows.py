"""Turns plans and what came of them into rows of plan_checks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from lib.planning.arm_agreement import ArmSums, compare_arms
from lib.planning.realised_error import PlannedVariance, compare_errors

Row = Mapping[str, Any]
_CHECKED_PERIODS = ("day", "week")


def realised_error_rows(plans: Iterable[Row], numbers: Iterable[Row], *, significance: float) -> list[dict[str, Any]]:
    """One record a period, policy and measure: the realised standard error beside the planned one.

    Args:
        plans: configured rows of `sample_plans` for segment all: ds, policy, measure, has_score, exposure_total,
            scores_std_error, variance_degrees_of_freedom, variance_skewness
        numbers: rows of `prevalence` of the published estimator for the whole population: period, period_start,
            period_end, n_days, policy, measure, std_error
        significance: chance of any alarm among a period's numbers while all is well, in (0, 1)

    Returns:
        records with the columns of `plan_checks` except ds, design_id and run

    """
    by_number: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for plan in plans:
        by_number[(plan["policy"], plan["measure"])].append(plan)
    checked = [row for row in numbers if row["period"] in _CHECKED_PERIODS]
    rows = []
    for period in _CHECKED_PERIODS:
        of_period = [row for row in checked if row["period"] == period]
        days = [_days(by_number[(row["policy"], row["measure"])], row) for row in of_period]
        reasons = [_reason(row, plan) for row, plan in zip(of_period, days, strict=True)]
        # Bonferroni: measures of one policy share their violations, so this is on the safe side.
        limit = significance / max(1, sum(reason is None for reason in reasons))
        rows += [
            _error_row(row, plan, limit) if reason is None else _unchecked("realised_error", row, reason)
            for row, plan, reason in zip(of_period, days, reasons, strict=True)
        ]
    return rows


def validation_arm_rows(sums: Iterable[Row], *, ds: date, significance: float) -> list[dict[str, Any]]:
    """One record a policy and measure of one day: the prevalence by the validation arm beside the whole sample's.

    Args:
        sums: rows of `validation_arm_sums`
        ds: the day
        significance: chance of any alarm among the day's numbers while all is well, in (0, 1)

    Returns:
        records with the columns of `plan_checks` except ds, design_id and run

    """
    found = sorted(sums, key=lambda row: (row["policy"], row["measure"]))
    compared = [
        compare_arms(ArmSums(row["total"], row["arm_total"], row["variance"], row["sum_squared_terms"]))
        for row in found
    ]
    limit = significance / max(1, sum(result is not None for result in compared))
    rows = []
    for row, result in zip(found, compared, strict=True):
        number = {"policy": row["policy"], "measure": row["measure"]}
        day = number | {"period": "day", "period_start": ds, "period_end": ds}
        if result is None or not row["exposure_total"] > 0:
            rows.append(_unchecked("validation_arm", day, "fewer than two effective violations in the sample"))
            continue
        rows.append(
            _record("validation_arm", day)
            | {
                "planned": row["total"] / row["exposure_total"],
                "realised": row["arm_total"] / row["exposure_total"],
                "ratio": row["arm_total"] / row["total"] if row["total"] > 0 else None,
                "degrees_of_freedom": result.degrees_of_freedom,
                "p_value": result.p_value,
                "alarm_limit": limit,
                "status": "arms_disagree" if result.p_value < limit else "as_planned",
            }
        )
    return rows


def _days(plans: Sequence[Row], number: Row) -> list[Row]:
    return [plan for plan in plans if number["period_start"] <= plan["ds"] <= number["period_end"]]


def _reason(number: Row, days: Sequence[Row]) -> str | None:
    """Why a number cannot be compared; None if it can."""
    if number["std_error"] is None:
        return "the number is held, it has no standard error"
    if len(days) != number["n_days"]:
        return f"{len(days)} of {number['n_days']} days have a plan"
    if not all(day["has_score"] for day in days):
        return "a day had no scores: its plan rests on a prior"
    if not all(day["scores_std_error"] and day["variance_skewness"] for day in days):
        return "a day was planned as a census"
    return None


def _error_row(number: Row, days: Sequence[Row], limit: float) -> dict[str, Any]:
    planned = PlannedVariance.of_period(
        [
            PlannedVariance(
                exposure_total=day["exposure_total"],
                std_error=day["scores_std_error"],
                degrees_of_freedom=day["variance_degrees_of_freedom"],
                skewness=day["variance_skewness"],
            )
            for day in sorted(days, key=lambda day: day["ds"])
        ]
    )
    result = compare_errors(number["std_error"], planned, significance=limit)
    return _record("realised_error", number) | {
        "planned": planned.std_error,
        "realised": number["std_error"],
        "ratio": result.ratio,
        "degrees_of_freedom": planned.degrees_of_freedom,
        "p_value": result.p_value,
        "alarm_limit": limit,
        "status": "blind_spot_suspected" if result.is_alarm else "as_planned",
    }


def _unchecked(kind: str, number: Row, reason: str) -> dict[str, Any]:
    return _record(kind, number) | {"status": "not_checked", "reason": reason}


def _record(kind: str, number: Row) -> dict[str, Any]:
    names = ("period", "period_start", "period_end", "policy", "measure")
    empty = ("planned", "realised", "ratio", "degrees_of_freedom", "p_value", "alarm_limit", "status", "reason")
    return {"kind": kind} | {name: number[name] for name in names} | dict.fromkeys(empty)
