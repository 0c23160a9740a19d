"""Design effects: what a design gains or loses against a simple random sample of as many units."""

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import BoolArray, FloatArray, Functional


def design_effect(
    design: AnalysisDesign,
    functional: Functional,
    *,
    is_with_replacement: bool = False,
    is_in_domain: BoolArray | None = None,
) -> float:
    """Return the variance under the design over that of a simple random sample of as many units.

        deff = V̂(θ̂) / (N̂² (1 - n/N̂) S²/n)        S² = n/(n - 1) Σ w (z - z̄)²/Σ w,  N̂ = Σ w

    with z the influence values of θ: Kish (1965), section 8.2; with the factor 1 - n/N̂ left out (`deft²`, Kish 1995)
    if the yardstick is a sample with replacement, which is the one to use for intervals.

    Args:
        design: the design
        functional: what is estimated
        is_with_replacement: whether the yardstick has no finite population correction
        is_in_domain: the domain of `functional`, so that n and N̂ are its own; None for all units

    Returns:
        the design effect; n over it is the effective sample size

    Raises:
        ValueError: fewer than two units in the domain, weights that sum to no more than n (unless with replacement),
            or a statistic that does not vary

    """
    inside = np.ones(design.weights.size, dtype=bool) if is_in_domain is None else np.asarray(is_in_domain, dtype=bool)
    weights = design.weights[inside]
    n, size = int(weights.size), float(weights.sum())
    if n < 2:
        raise ValueError(f"is_in_domain: {n} units; a design effect needs two or more.")
    if not is_with_replacement and not size > n:
        raise ValueError(
            f"weights: they sum to {size:g} for {n} units, so they are not scaled to the population; scale them, or "
            "compare with a sample drawn with replacement."
        )
    spread = _weighted_variance(functional.influence(design.weights)[inside], weights)
    if not spread > 0.0:
        raise ValueError("functional: it does not vary over the sampled units, so there is no design effect.")
    correction = 1.0 if is_with_replacement else 1.0 - n / size
    return float(design.covariance([functional])[0, 0]) / (size * size * correction * spread / n)


def kish_effective_sample_size(weights: npt.ArrayLike) -> float:
    """Return (Σ w)²/Σ w², the size of an equally weighted sample with the same noise from weighting (Kish 1965, 11.7).

    It knows the weights only, not the outcome: weights that follow the outcome's size are a gain it counts as a loss.

    Args:
        weights: one a unit, >= 0

    Returns:
        a number of units between 1 and n

    Raises:
        ValueError: no unit, or a weight is negative or missing

    """
    w = np.asarray(weights, dtype=np.float64)
    if not (w.size and np.all(w >= 0.0) and w.any()):
        raise ValueError("weights: one number >= 0 a unit, not all 0.")
    return float(w.sum() ** 2 / (w @ w))


def kish_design_effect(weights: npt.ArrayLike) -> float:
    """Return n Σ w²/(Σ w)² = 1 + relvar(w), the loss from unequal weights (Kish 1992)."""
    return float(np.asarray(weights).size) / kish_effective_sample_size(weights)


def _weighted_variance(values: FloatArray, weights: FloatArray) -> float:
    share = weights / weights.sum()
    centred = values - share @ values
    return float(share @ centred**2 * values.size / (values.size - 1.0))
