"""Turns a planned frame into rows of sample_plans: budgets, errors, costs, the changes that would be seen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lib.estimation.change.detectable_change import smallest_detectable_change
from lib.estimation.estimators import EstimatorName
from lib.planning.budgets import BudgetPlan, Number, budget_for_relative_error, cost_of
from lib.planning.cells import EVERYTHING
from lib.planning.cost_split import Money, best_split
from lib.planning.expected_error import ExpectedError
from lib.planning.plan_model import PlanModel
from schemas.contracts.settings import PlanningSettings

_DAYS_OF_A_WEEK = 7
# Sums of floating-point numbers differ in their last digits with the order of the rows; what is stored does not.
_SIGNIFICANT_DIGITS = 7


@dataclass(frozen=True)
class PlanRequest:
    """What is to be planned.

    Attributes:
        sizes: units that the configured design and rungs expect, lowest rung first
        costs: price of a label on each of these rungs; None if unknown
        measures: published measures
        estimator: published estimator
        scored_policies: policies that the day has scores for
        planning: the settings

    """

    sizes: tuple[float, ...]
    costs: tuple[float | None, ...]
    measures: tuple[str, ...]
    estimator: EstimatorName
    scored_policies: frozenset[str]
    planning: PlanningSettings


def plan_rows(model: PlanModel, request: PlanRequest) -> list[dict[str, Any]]:
    """One record a plan, policy, measure and segment, with the columns of `sample_plans` except ds and run.

    Args:
        model: the frame and what is expected of the labelers
        request: what is to be planned

    Returns:
        the records; a segment without exposure has none

    """
    planning = request.planning
    configured = BudgetPlan.of(model, request.sizes, estimator=request.estimator)
    everything: list[Number] = [(key, measure) for key in model.cells.keys for measure in request.measures]
    whole = [(key, measure) for key, measure in everything if key[:2] == EVERYTHING]
    rows = _rows(configured, "configured", "as configured", everything, request)
    for multiple in planning.budget_multiples:
        rows += _rows(configured.scaled(multiple), "budget", f"x{multiple:g}", everything, request)
    wanted, scenario = planning.wanted_relative_error, f"relative_error {planning.wanted_relative_error:g}"
    for number in whole:
        enough = budget_for_relative_error(configured, [number], wanted)
        rows += _rows(enough, "wanted_error", scenario, [number], request)
    enough = budget_for_relative_error(configured, whole, wanted)
    rows += _rows(enough, "wanted_error_all", scenario, whole, request)
    if (money := _money(configured, request)) is not None:
        split = best_split(configured, whole, money, objective=planning.split_objective)
        scenario = f"{planning.split_objective} for {_rounded(money.amount):g} {planning.currency}"
        rows += _rows(split, "best_split", scenario, whole, request)
    return rows


def _money(configured: BudgetPlan, request: PlanRequest) -> Money | None:
    """What may be spent: as set, or what the configured budget costs; None without prices."""
    price = cost_of(configured.sizes, request.costs)
    if price is None:
        return None
    costs = tuple(float(cost) for cost in request.costs if cost is not None)
    return Money(request.planning.money or price, costs)


def _rows(
    plan: BudgetPlan, kind: str, scenario: str, numbers: Sequence[Number], request: PlanRequest
) -> list[dict[str, Any]]:
    labels = dict(zip(plan.model.rungs, plan.sizes, strict=True))
    price = cost_of(plan.sizes, request.costs)
    shared: dict[str, Any] = {
        "kind": kind,
        "scenario": scenario,
        **{f"n_{rung}": _rounded(labels.get(rung)) for rung in ("llm", "human", "gold")},
        "cost": _rounded(price),
        "currency": request.planning.currency,
        "estimator": request.estimator,
    }
    rows = []
    for (segment, segment_value, policy), measure in numbers:
        error = plan.error(((segment, segment_value, policy), measure))
        if error is None:
            continue
        number = {"policy": policy, "measure": measure, "segment": segment, "segment_value": segment_value}
        rows.append(
            shared
            | number
            | _error_columns(error, is_configured=kind == "configured")
            | _change_columns(error, request.planning)
            | {"has_score": policy in request.scored_policies}
        )
    return rows


def _error_columns(error: ExpectedError, *, is_configured: bool) -> dict[str, Any]:
    relative = error.relative_error
    nu, skewness = error.variance_degrees_of_freedom, error.variance_skewness
    return {
        "exposure_total": error.exposure_total,
        "expected_prevalence": _rounded(min(1.0, error.prevalence)),
        "expected_std_error": _rounded(error.std_error),
        "expected_relative_error": _rounded(relative) if math.isfinite(relative) else None,
        "scores_std_error": _rounded(error.scores_std_error) if is_configured else None,
        "variance_degrees_of_freedom": _rounded(nu) if is_configured and math.isfinite(nu) else None,
        "variance_skewness": _rounded(skewness) if is_configured and math.isfinite(nu) else None,
    }


def _change_columns(error: ExpectedError, planning: PlanningSettings) -> dict[str, Any]:
    """Relative changes that would be seen between two days, and between two weeks of seven such days."""
    if not 0.0 < error.prevalence <= 1.0:
        return {"smallest_change_day": None, "smallest_change_week": None}
    day, week = (
        smallest_detectable_change(
            error.std_error / math.sqrt(n_days),
            error.std_error / math.sqrt(n_days),
            error.prevalence,
            planning.change_level,
            planning.change_power,
        )
        for n_days in (1, _DAYS_OF_A_WEEK)
    )
    return {"smallest_change_day": _rounded(day), "smallest_change_week": _rounded(week)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
