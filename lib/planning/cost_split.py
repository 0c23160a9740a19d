"""The best split of a fixed amount of money between the rungs of the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from lib.planning.budgets import BudgetPlan, Number
from lib.planning.cells import FloatArray
from lib.planning.inclusion import bounded_sizes

Objective = Literal["sum_of_squares", "worst"]
# The search in log shares of the money: its first step, and when it is over. The optimum is flat.
_FIRST_STEP = 0.2
_LAST_STEP = 5e-3
_LAST_GAIN = 1e-5
_MOST_STEPS = 80
_CLOSED_FORM_ROUNDS = 4
_STEP_DOWN = 0.1


@dataclass(frozen=True)
class Money:
    """What may be spent.

    Attributes:
        amount: in the unit of the costs, > 0
        costs: price of one label (all policies of one unit) on each rung, lowest first, > 0

    """

    amount: float
    costs: tuple[float, ...]

    def sizes(self, shares: FloatArray) -> list[float]:
        """Labels on each rung if its share of the money is `shares`."""
        return [float(size) for size in self.amount * shares / np.array(self.costs)]


def closed_form_sizes(variances: Sequence[float], money: Money) -> list[float]:
    """Sizes that minimise Σ_a V_a/n_a for Σ_a c_a n_a = money: n_a ∝ √(V_a/c_a).

    Source: Cochran (1977), section 5.5, and section 12.3 for samples within samples.

    Args:
        variances: V_a >= 0 of each rung, what one label there leaves of variance
        money: amount and costs

    Returns:
        labels on each rung

    """
    spent = np.sqrt(np.maximum(np.asarray(variances, dtype=np.float64), 0.0) * np.array(money.costs))
    if not spent.sum() > 0.0:
        spent = np.ones(len(money.costs))
    return money.sizes(spent / spent.sum())


def best_split(plan: BudgetPlan, numbers: Sequence[Number], money: Money, *, objective: Objective) -> BudgetPlan:
    """The sizes of the rungs that give the smallest errors for the money.

    Started at the closed form with the V_a that the plan has there, then searched over the shares of the money: with
    certain units the variance is convex in the sizes, but no longer Σ V_a/n_a.

    Args:
        plan: any budget of the same frame and ladder; gives the start
        numbers: whose relative errors count
        money: amount and costs
        objective: sum_of_squares, the sum of the squared relative errors; worst, the largest of them

    Returns:
        the plan of that split

    """

    def value(log_shares: FloatArray) -> float:
        # The first rung's log share is 0: shares have one degree of freedom less than rungs.
        weights = np.exp(np.concatenate([[0.0], np.clip(log_shares, -30.0, 30.0)]))
        return objective_value(plan.resized(money.sizes(weights / weights.sum())), numbers, objective)

    sizes = _start(plan, numbers, money)
    if len(sizes) == 1:
        return plan.resized(sizes)
    shares = np.maximum(np.array(sizes) * np.array(money.costs), 1e-9 * money.amount)
    solution: FloatArray = np.log(shares[1:] / shares[0])
    found = minimize(
        value,
        solution,
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([solution, solution + _FIRST_STEP * np.eye(len(solution))]),
            "xatol": _LAST_STEP,
            "fatol": _LAST_GAIN * value(solution),
            "maxfev": _MOST_STEPS,
        },
    )
    solution = np.asarray(found.x, dtype=np.float64)
    weights = np.exp(np.concatenate([[0.0], solution]))
    return plan.resized(money.sizes(weights / weights.sum()))


def objective_value(plan: BudgetPlan, numbers: Sequence[Number], objective: Objective) -> float:
    """What a split is judged by: the sum of squared relative errors, or the largest squared one."""
    squares = np.square(plan.relative_errors(numbers))
    if not squares.size:
        return 0.0
    return float(squares.sum() if objective == "sum_of_squares" else squares.max())


def _start(plan: BudgetPlan, numbers: Sequence[Number], money: Money) -> list[float]:
    """The closed form, its V_a = -n_a² ∂F/∂n_a taken anew where it leads; a fixed point minimises F."""
    price = float(np.dot(plan.sizes, money.costs))
    sizes = plan.scaled(money.amount / price).sizes
    for _ in range(_CLOSED_FORM_ROUNDS if len(sizes) > 1 else 0):
        here = objective_value(plan.resized(sizes), numbers, "sum_of_squares")
        variances = []
        for rung, size in enumerate(sizes):
            # A step down, because a rung that is exhausted gains nothing from a step up.
            fewer = [n * (1.0 - _STEP_DOWN if rung == other else 1.0) for other, n in enumerate(sizes)]
            rise = objective_value(plan.resized(fewer), numbers, "sum_of_squares") - here
            variances.append(rise / _STEP_DOWN * size)
        sizes = bounded_sizes(plan.model, closed_form_sizes(variances, money))
    return list(sizes)
