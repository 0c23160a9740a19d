"""The allocation with the smallest worst relative error over several estimates.

    minimise over n  max_k Σ_h (A_hk / n_h - B_hk) / Y_k²   with Σ n_h = n, floor_h <= n_h <= ceiling_h

A_hk = Σ x² v_k/w is the anticipated variance of one draw, B_hk = Σ x² v_k what a census takes off (Särndal, Swensson &
Wretman 1992, §12.5; the compromise of Chatterjee 1968 with the worst case for a criterion). The problem is convex; its
dual weighs the estimates: for weights λ on the simplex the best n is Neyman's for Σ_k λ_k A_hk / Y_k², and the weights
that make that optimum largest are the ones sought (minimax theorem). The dual has one variable an estimate, and the
relative variances are its gradient (Danskin 1967).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, minimize

from lib.sampling.bounded_shares import bounded_shares

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Compromise:
    """Units per stratum (real numbers that sum to the budget) and what they give.

    `relative_variances` has one entry an estimate; `lower_bound` is a value that no allocation's worst one can be
    under: their difference is how far from the optimum the allocation may be.
    """

    sizes: FloatArray
    relative_variances: FloatArray
    lower_bound: float


def compromise_allocation(
    budget: float, *, draw_variances: FloatArray, corrections: FloatArray, floors: FloatArray, ceilings: FloatArray
) -> Compromise:
    """Split `budget` over strata so that the largest relative variance is smallest.

    `draw_variances` A_hk/Y_k² is strata x estimates, `corrections` Σ_h B_hk/Y_k² is one number an estimate, `floors`
    > 0 and `ceilings` are units per stratum. Raises ValueError if the bounds leave no room for the budget.
    """
    if not floors.sum() <= budget <= ceilings.sum():
        raise ValueError(
            f"budget is {budget:g}, but the strata take {floors.sum():g} to {ceilings.sum():g}; move it between them."
        )
    matters = draw_variances.sum(axis=0) > 0
    if not matters.any():
        draw_variances, matters = np.ones_like(draw_variances), np.ones_like(matters)
    costs = draw_variances[:, matters]

    def sizes_for(weights: FloatArray) -> FloatArray:
        return bounded_shares(budget, np.sqrt(costs @ np.clip(weights, 0.0, None)), floors, ceilings)

    def relative(sizes: FloatArray) -> FloatArray:
        variances: FloatArray = draw_variances.T @ (1 / sizes) - corrections
        return variances

    n_estimates = costs.shape[1]
    weights = np.full(n_estimates, 1 / n_estimates)
    scale = float(np.max(costs.T @ (1 / sizes_for(weights)))) or 1.0

    def negative_dual(point: FloatArray) -> tuple[float, FloatArray]:
        gradient = relative(sizes_for(point))[matters] / scale
        return -float(point @ gradient), -gradient

    found = minimize(
        negative_dual,
        weights,
        (),
        jac=True,
        bounds=[(0.0, 1.0)] * n_estimates,
        constraints=LinearConstraint(np.ones((1, n_estimates)), 1.0, 1.0),
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights = np.clip(found.x, 0.0, None) / np.clip(found.x, 0.0, None).sum()
    sizes = sizes_for(weights)
    variances = relative(sizes)
    return Compromise(sizes, variances, float(weights @ variances[matters]))
