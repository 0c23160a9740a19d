"""Sampford sampling: a draw with probabilities ∝ π, then draws ∝ π/(1 - π), kept if all units differ."""

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.joint_probabilities.poisson_given_size import PoissonGivenSize
from lib.estimation.designs.joint_probabilities.target_probabilities import TargetProbabilities
from lib.estimation.functionals import FloatArray


def sampford_joint(inclusion_probability: npt.ArrayLike) -> FloatArray:
    """Return π_ij of Sampford's (1967) design, exact to rounding.

    Its probability of a sample is that of a Poisson sample with the same π given its size, times Σ_{k in s} (1 - π_k)
    (Sampford 1967, eq. 3; Hájek 1981, chapter 8). So with E given the size n and ι the indicators of selection

        π_ij = E[ι_i ι_j Σ_k (1 - π_k) ι_k] / E[Σ_k (1 - π_k) ι_k]

    where the terms k = i and k = j are apart, ι² being ι. Work is of the order of N³.

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
    doubt = 1.0 - target.uncertain
    given_size = PoissonGivenSize.of(target.uncertain, target.n_uncertain)
    tilt = given_size.factor @ doubt
    pairs, squared = given_size.pairs(), given_size.squared_pairs()
    own = doubt[:, None] * (pairs - squared)
    joint = (given_size.pairs(tilt) + own + own.T) / (given_size.single() @ doubt)
    joint = np.maximum(joint, 0.0) if target.n_uncertain > 1 else np.zeros_like(joint)
    np.fill_diagonal(joint, target.uncertain)
    return target.completed(joint)
