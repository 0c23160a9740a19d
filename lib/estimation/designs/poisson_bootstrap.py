"""Replicate weights for Poisson-type samples: units in or out of the sample independently of each other."""

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import FloatArray


def poisson_bootstrap(inclusion_probability: npt.ArrayLike, *, n_replicates: int, random: Generator) -> ReplicateDesign:
    """Return replicates of the generalised bootstrap for Poisson sampling.

    Each unit's weight 1/p is multiplied by an independent m >= 0 with mean 1 and variance 1 - p, so that over the
    draws the variance of Σ z m/p is Σ z² (1 - p)/p², the Poisson variance estimate: Bertail & Combris (1997), Beaumont
    & Patak (2012). m is gamma distributed with shape 1/(1 - p): never negative, and 1 for a unit with p = 1.
    It serves bottom-k samples too, whose p given everybody else's random number behave as those of a Poisson sample.

    Args:
        inclusion_probability: p of the sampled units, in (0, 1]
        n_replicates: number of replicates R; the variance has a simulation error of about √(2/R)
        random: source of the multipliers

    Returns:
        the sample with its replicates; deviations are taken from the full-sample estimate, scale 1/R

    Raises:
        ValueError: a probability is outside (0, 1]

    """
    p = _probabilities(inclusion_probability)
    multipliers = mean_one_multipliers(np.broadcast_to((1.0 - p)[:, None], (p.size, n_replicates)), random)
    return ReplicateDesign(
        given_weights=1.0 / p,
        replicate_weights=multipliers / p[:, None],
        scale=1.0 / n_replicates,
        is_mse=True,
        given_degrees_of_freedom=min(p.size - 1.0, n_replicates - 1.0),
    )


def mean_one_multipliers(variance: FloatArray, random: Generator) -> FloatArray:
    """Return independent gamma variables with mean 1 and the given variances, 1 where the variance is 0."""
    is_random = variance > 0.0
    safe = np.where(is_random, variance, 1.0)
    return np.where(is_random, random.gamma(1.0 / safe, safe), 1.0)


def _probabilities(inclusion_probability: npt.ArrayLike) -> FloatArray:
    p = np.asarray(inclusion_probability, dtype=np.float64)
    is_wrong = ~((p > 0.0) & (p <= 1.0))
    if is_wrong.any():
        raise ValueError(f"inclusion_probability: {p[is_wrong][0]} is outside (0, 1].")
    return p
