"""The size measure of one policy's sample, on arrays."""

import numpy as np

from lib.audit.population import AuditPopulation, FloatArray

UNIFORM_SHARE = 0.2


def defensive_size_measure(population: AuditPopulation, uniform_share: float = UNIFORM_SHARE) -> FloatArray:
    """Return w = (1 - δ) m g/Σ m g + δ m/Σ m with g = √(s(1 - s)), as `lib.sampling.size_measure` does for one policy.

    Args:
        population: exposures and score
        uniform_share: δ

    Returns:
        w, one entry a unit, sum 1

    """
    mixture = population.mixture
    steered = mixture * np.sqrt(population.score * (1.0 - population.score))
    total = steered.sum()
    score_part = steered / total if total > 0.0 else mixture / mixture.sum()
    size_measure: FloatArray = (1.0 - uniform_share) * score_part + uniform_share * mixture / mixture.sum()
    return size_measure
