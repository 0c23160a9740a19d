"""Tillé's elimination procedure and its complement: units are struck from the population one by one."""

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.joint_probabilities.target_probabilities import TargetProbabilities
from lib.estimation.functionals import FloatArray


def tille_joint(inclusion_probability: npt.ArrayLike) -> FloatArray:
    """Return π_ij of the elimination procedure of Tillé (1996), exact to rounding.

        π_ij = Π_{k=n}^{N-1} (1 - r_ki - r_kj)          r_ki = 1 - π(i | k)/π(i | k + 1)

    with π(i | k) the probabilities ∝ π of a sample of size k, capped at 1 (Tillé 1996, section 3). Work is N² (N - n).

    Args:
        inclusion_probability: π of every unit of the population, in (0, 1], adding up to n within 1e-6

    Returns:
        (N, N), π on the diagonal; for the sampled units take their rows and columns

    Raises:
        ValueError: the π do not fit

    """
    target = TargetProbabilities.of(inclusion_probability)
    if not target.n_uncertain:
        return target.completed(np.empty((0, 0)))
    return target.completed(_elimination_joint(target.uncertain, target.n_uncertain))


def midzuno_joint(inclusion_probability: npt.ArrayLike) -> FloatArray:
    """Return π_ij of the complement of the elimination procedure drawn with 1 - π.

    It has the π of any target, and is the design of Midzuno (1952) wherever that one exists (Deville & Tillé 1998,
    section 5): π_ij = π_i + π_j - 1 + P(neither is drawn). Some π_ij may be 0.

    Args:
        inclusion_probability: π of every unit of the population, in (0, 1], adding up to n within 1e-6

    Returns:
        (N, N), π on the diagonal; for the sampled units take their rows and columns

    Raises:
        ValueError: the π do not fit

    """
    target = TargetProbabilities.of(inclusion_probability)
    if not target.n_uncertain:
        return target.completed(np.empty((0, 0)))
    p = target.uncertain
    neither = _elimination_joint(1.0 - p, p.size - target.n_uncertain)
    joint = np.maximum(p[:, None] + p[None, :] - 1.0 + neither, 0.0)
    np.fill_diagonal(joint, p)
    return target.completed(joint)


def _elimination_joint(probability: FloatArray, n: int) -> FloatArray:
    joint = np.ones((probability.size, probability.size))
    larger = np.ones(probability.size)
    for size in range(probability.size - 1, n - 1, -1):
        smaller = probability if size == n else _capped_probabilities(probability, size)
        struck = 1.0 - smaller / larger
        joint *= np.maximum(1.0 - struck[:, None] - struck[None, :], 0.0)
        larger = smaller
    np.fill_diagonal(joint, probability)
    return joint


def _capped_probabilities(size_measure: FloatArray, n: int) -> FloatArray:
    """Return min(1, c w) with c so that they add up to n."""
    ascending = np.sort(size_measure)
    # with the m largest capped, c = (n - m)/(sum of the others); the first m at which the others stay below 1 holds
    others = np.cumsum(ascending)[::-1]
    n_capped = np.arange(size_measure.size)
    factor = (n - n_capped) / others
    capped = int(np.argmax(factor * ascending[::-1] <= 1.0))
    probability: FloatArray = np.minimum(1.0, factor[capped] * size_measure)
    return probability
