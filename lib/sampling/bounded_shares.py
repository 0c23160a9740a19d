"""Shares of a budget between a floor and a ceiling."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def bounded_shares(budget: float, sizes: FloatArray, floors: FloatArray, ceilings: FloatArray) -> FloatArray:
    """Shares of `budget` that respect the bounds: min(ceiling, max(floor, factor x size)) for one common factor.

    Of strata with size 0 the first take what the others cannot. Units per stratum, sum `budget`.
    """
    positive = sizes > 0
    low, high = 0.0, float(np.max(ceilings[positive] / sizes[positive])) if positive.any() else 0.0
    for _ in range(200):  # bisection: the total grows with the factor
        middle = (low + high) / 2
        if np.clip(middle * sizes, floors, ceilings).sum() < budget:
            low = middle
        else:
            high = middle
        if high - low <= 1e-15 * high:
            break
    shares: FloatArray = np.clip(high * sizes, floors, ceilings)
    left = max(budget - shares.sum(), 0.0)
    room = np.where(positive, 0.0, ceilings - shares)
    taken_before = np.concatenate([[0.0], np.cumsum(room)[:-1]])
    shares += np.clip(left - taken_before, 0.0, room)
    return shares
