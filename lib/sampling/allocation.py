"""Splits a day's budget over the strata: within bounds, in whole units, exactly."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from lib.sampling.bounded_shares import bounded_shares
from lib.sampling.compromise_allocation import compromise_allocation
from schemas.errors import ConfigurationError

FloatArray = npt.NDArray[np.float64]
# From floors and ceilings to real shares of the budget, all per stratum.
ShareRule = Callable[[FloatArray, FloatArray], FloatArray]


def allocate(
    budget: int,
    *,
    population_sizes: Mapping[str, int],
    stratum_sizes: Mapping[str, float],
    minimum_stratum_size: int,
    design_name: str,
    field: str = "sample_size",
) -> dict[str, int]:
    """Units to draw per stratum, proportional to `stratum_sizes`, summing to `budget` exactly.

    No stratum gets less than `minimum_stratum_size` (or all its units, if it has fewer), none more than it has; what
    one cannot take goes to the others. Fractions are settled by the largest remainder, then by name.
    Raises ConfigurationError, naming the design's `field`, if the budget is larger than the population or too small
    for the minima.
    """
    sizes = np.array([stratum_sizes[name] for name in sorted(population_sizes)], dtype=np.float64)

    def rule(floors: FloatArray, ceilings: FloatArray) -> FloatArray:
        return bounded_shares(budget, sizes, floors, ceilings)

    return _allocate(budget, population_sizes, minimum_stratum_size, rule, f"{design_name}.yaml: field `{field}`")


def allocate_compromise(
    budget: int,
    *,
    population_sizes: Mapping[str, int],
    draw_variances: Mapping[str, FloatArray],
    corrections: FloatArray,
    minimum_stratum_size: int,
    design_name: str,
    field: str = "sample_size",
) -> dict[str, int]:
    """As `allocate`, with the smallest worst relative error over several estimates instead of a proportion.

    `draw_variances` maps a stratum to A_hk / Y_k² and `corrections` is Σ_h B_hk / Y_k², one entry an estimate; see
    lib/sampling/compromise_allocation.py.
    """
    costs = np.array([draw_variances[name] for name in sorted(population_sizes)], dtype=np.float64)

    def rule(floors: FloatArray, ceilings: FloatArray) -> FloatArray:
        found = compromise_allocation(
            budget, draw_variances=costs, corrections=corrections, floors=floors, ceilings=ceilings
        )
        return found.sizes

    return _allocate(budget, population_sizes, minimum_stratum_size, rule, f"{design_name}.yaml: field `{field}`")


def _allocate(
    budget: int, population_sizes: Mapping[str, int], minimum: int, rule: ShareRule, field: str
) -> dict[str, int]:
    where = f"conf/designs/{field} is `{budget}`"
    names = sorted(population_sizes)
    ceilings = np.array([population_sizes[name] for name in names], dtype=np.float64)
    floors = np.minimum(ceilings, minimum)
    if budget > ceilings.sum():
        available = int(ceilings.sum())
        raise ConfigurationError(f"{where}, but the day has {available} units; set it to {available} or less.")
    if budget < floors.sum():
        raise ConfigurationError(
            f"{where}, but {len(names)} strata need {int(floors.sum())} with `minimum_stratum_size` "
            f"`{minimum}`; raise the first or lower the second."
        )
    shares = dict(zip(names, rule(floors, ceilings).tolist(), strict=True))
    return _rounded(shares, budget, population_sizes)


def _rounded(shares: Mapping[str, float], budget: int, ceilings: Mapping[str, int]) -> dict[str, int]:
    # A share that rounding noise keeps below an integer has the largest remainder of all, and gets it back.
    whole = {name: int(share) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (whole[name] - shares[name], name))
    while (missing := budget - sum(whole.values())) > 0:
        open_strata = [name for name in by_remainder if whole[name] < ceilings[name]]
        for name in open_strata[:missing]:
            whole[name] += 1
    return whole
