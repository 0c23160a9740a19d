"""Conditional Poisson sampling: the design of maximum entropy with given inclusion probabilities."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit, logit

from lib.estimation.designs.joint_probabilities.poisson_given_size import PoissonGivenSize
from lib.estimation.designs.joint_probabilities.target_probabilities import TargetProbabilities
from lib.estimation.functionals import FloatArray

_MOST_STEPS = 100
_NEAR_ENOUGH_FOR_NEWTON = 0.3
_CLOSE = 1e-6
_EXACT = 1e-13


def conditional_poisson_joint(inclusion_probability: npt.ArrayLike) -> FloatArray:
    """Return π_ij of conditional Poisson (maximum entropy) sampling, exact to rounding.

    The design is a Poisson sample with working probabilities p, given that its size is n (Hájek 1964). p is found from
    π on the scale θ = logit(p), where the design is an exponential family (Chen, Dempster & Liu 1994). Memory is of the
    order of N², work of N³, for about six steps.

    Args:
        inclusion_probability: π of every unit of the population, in (0, 1], adding up to n within 1e-6

    Returns:
        (N, N), π on the diagonal; for the sampled units take their rows and columns

    Raises:
        ValueError: the π do not fit, or no working probabilities were found

    """
    target = TargetProbabilities.of(inclusion_probability)
    if not target.n_uncertain:
        return target.completed(np.empty((0, 0)))
    given_size = _with_inclusion_probability(target.uncertain, target.n_uncertain)
    joint = np.maximum(given_size.pairs(), 0.0) if target.n_uncertain > 1 else np.zeros((target.uncertain.size,) * 2)
    np.fill_diagonal(joint, target.uncertain)
    return target.completed(joint)


def _with_inclusion_probability(wanted: FloatArray, n: int) -> PoissonGivenSize:
    """Return the Poisson sample given its size n that takes the units with the probabilities `wanted`."""
    theta, last_gap = logit(wanted), np.inf
    for _ in range(_MOST_STEPS):
        given_size = PoissonGivenSize.of(expit(theta), n)
        reached = np.clip(given_size.single(), np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)
        gap = float(np.max(np.abs(wanted - reached) / (wanted * (1.0 - wanted))))
        # at the limit of rounding the gap stops falling: that is as exact as it gets
        if gap < _EXACT or (last_gap < _CLOSE and gap >= last_gap):
            return given_size
        if gap < _NEAR_ENOUGH_FOR_NEWTON:
            step = _newton_step(given_size, reached, wanted)
        else:
            # the full step of Chen, Dempster & Liu can swing to and fro for ever, half of it cannot
            step = 0.5 * (logit(wanted) - logit(reached))
        theta, last_gap = _centred(theta + step, n), gap
    raise ValueError(
        f"inclusion_probability: no working probabilities after {_MOST_STEPS} steps (relative gap {last_gap:.2g}); "
        "probabilities within about 1e-9 of 0 or 1 are the usual reason: make those units certain or leave them out."
    )


def _newton_step(given_size: PoissonGivenSize, reached: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return the step of θ that mends π to first order: ∂π_i/∂θ_j = π_ij - π_i π_j, π_i(1 - π_i) on the diagonal."""
    deviation = np.sqrt(reached * (1.0 - reached))
    correlation = (given_size.pairs() - np.outer(reached, reached)) / np.outer(deviation, deviation)
    np.fill_diagonal(correlation, 1.0)
    # equal steps change nothing, the size being fixed: the matrix is singular in that direction and gets a 1 there
    unmoved = deviation / np.linalg.norm(deviation)
    step: FloatArray = np.linalg.solve(correlation + np.outer(unmoved, unmoved), (wanted - reached) / deviation)
    return step / deviation


def _centred(theta: FloatArray, n: int) -> FloatArray:
    """Shift θ so that the Poisson sample has n units on average: the design is the same, its size well within reach."""
    widest = float(np.max(np.abs(theta))) + np.log(theta.size) + 1.0
    shift: float = brentq(lambda shift: float(expit(theta + shift).sum()) - n, -widest, widest, xtol=1e-6)
    return theta + shift
