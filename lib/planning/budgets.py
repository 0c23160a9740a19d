"""Budgets of labels: what they cost, what error they give, and the budget that a wanted error needs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.optimize import brentq

from lib.estimation.estimators import EstimatorName
from lib.planning.expected_error import ExpectedError, expected_error
from lib.planning.inclusion import Thresholds, bounded_sizes, solve_thresholds
from lib.planning.plan_model import Key, PlanModel

Number = tuple[Key, str]


@dataclass(frozen=True, eq=False)
class BudgetPlan:
    """A budget and the probabilities it gives.

    Attributes:
        model: the frame and what is expected of the labelers
        sizes: expected units on each rung, lowest first
        thresholds: probabilities of these sizes
        estimator: the estimator whose error is published

    """

    model: PlanModel
    sizes: tuple[float, ...]
    thresholds: Thresholds
    estimator: EstimatorName

    @classmethod
    def of(cls, model: PlanModel, sizes: Sequence[float], *, estimator: EstimatorName) -> "BudgetPlan":
        """The plan of `sizes` units on the rungs, as far as so many are possible."""
        bounded = bounded_sizes(model, sizes)
        return cls(model, bounded, solve_thresholds(model, bounded), estimator)

    def scaled(self, factor: float) -> "BudgetPlan":
        """The plan with `factor` times as many labels on every rung."""
        return self.resized([factor * size for size in self.sizes])

    def resized(self, sizes: Sequence[float]) -> "BudgetPlan":
        """The plan of other sizes for the same frame and ladder."""
        return BudgetPlan.of(self.model, sizes, estimator=self.estimator)

    def error(self, number: Number) -> ExpectedError | None:
        """The error to expect of one (segment, segment_value, policy) and measure; None without exposure."""
        key, measure = number
        return expected_error(self.model, self.thresholds, key, measure, estimator=self.estimator)

    def relative_errors(self, numbers: Sequence[Number]) -> list[float]:
        """Relative standard errors of `numbers`, without those that have no exposure or no violations to expect."""
        errors = [error.relative_error for number in numbers if (error := self.error(number)) is not None]
        return [error for error in errors if math.isfinite(error)]

    def worst_relative_error(self, numbers: Sequence[Number]) -> float:
        """The largest relative standard error of `numbers`; 0 if none is defined."""
        return max(self.relative_errors(numbers), default=0.0)


def cost_of(sizes: Sequence[float], costs: Sequence[float | None]) -> float | None:
    """Price of `sizes` labels on the rungs; None if a rung has no price."""
    if any(cost is None for cost in costs):
        return None
    return float(sum(size * cost for size, cost in zip(sizes, costs, strict=True) if cost is not None))


def budget_for_relative_error(plan: BudgetPlan, numbers: Sequence[Number], wanted: float) -> BudgetPlan:
    """The smallest multiple of a plan's budget under which all `numbers` reach the wanted relative error.

    The shares of the rungs stay until a rung is exhausted. With every unit on every rung the error is 0, so there is
    always an answer; the answer is never below what the strata's minima cost.

    Args:
        plan: the budget to multiply
        numbers: the numbers that must all reach it; one, for the budget of a single policy
        wanted: relative standard error, > 0

    Returns:
        the plan of that budget

    Raises:
        ValueError: `wanted` is not positive

    """
    if not wanted > 0.0:
        raise ValueError(f"wanted must be > 0, not {wanted}: no budget but a census has no error.")
    model = plan.model
    least = model.smallest_budget / plan.sizes[0]
    most = model.population_size / min(plan.sizes)

    def excess(log_factor: float) -> float:
        return plan.scaled(math.exp(log_factor)).worst_relative_error(numbers) - wanted

    if least >= most or excess(math.log(least)) <= 0.0:
        return plan.scaled(least)
    if excess(math.log(most)) > 0.0:
        return plan.scaled(most)
    solution = brentq(excess, math.log(least), math.log(most), xtol=1e-4)
    return plan.scaled(math.exp(float(solution)))
