"""Systematic sampling with unequal probabilities from a list in a given order."""

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.joint_probabilities.target_probabilities import TargetProbabilities
from lib.estimation.functionals import FloatArray


def systematic_joint(inclusion_probability: npt.ArrayLike) -> FloatArray:
    """Return π_ij of systematic sampling from the list in the order given, exact to rounding.

    One uniform start u takes the units in which u, u + 1, ... fall on the cumulated π (Madow 1949): at most N different
    samples, each with the length of its interval of starts. Pairs that never meet have π_ij = 0, so no variance is
    unbiased; the figures serve to judge approximations.

    Args:
        inclusion_probability: π of every unit of the population, in (0, 1], adding up to n within 1e-6

    Returns:
        (N, N), π on the diagonal

    Raises:
        ValueError: the π do not fit

    """
    target = TargetProbabilities.of(inclusion_probability)
    ends = np.cumsum(target.uncertain)
    starts = np.concatenate(([0.0], ends[:-1]))
    breaks = np.unique(np.concatenate(([0.0, 1.0], ends[:-1] % 1.0)))
    middle = 0.5 * (breaks[1:] + breaks[:-1])
    # unit i is taken by start u if a number u + integer lies in [start, end)
    is_taken = np.floor(ends[:, None] - middle) > np.floor(starts[:, None] - middle)
    joint: FloatArray = (is_taken * np.diff(breaks)) @ is_taken.T.astype(np.float64)
    np.fill_diagonal(joint, target.uncertain)
    return target.completed(joint)
