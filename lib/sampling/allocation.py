"""Splits a day's budget over the strata."""

from collections.abc import Mapping

from schemas.errors import ConfigurationError


def allocate(
    budget: int,
    *,
    population_sizes: Mapping[str, int],
    stratum_sizes: Mapping[str, float],
    minimum_stratum_size: int,
    design_name: str,
) -> dict[str, int]:
    """Units to draw per stratum, proportional to `stratum_sizes`, summing to `budget` exactly.

    No stratum gets less than `minimum_stratum_size` (or all its units, if it has fewer), none more than it has; what
    one cannot take goes to the others. Fractions are settled by the largest remainder, then by name.
    Raises ConfigurationError if the budget is larger than the population or too small for the minima.
    """
    where = f"conf/designs/{design_name}.yaml: field `sample_size` is `{budget}`"
    population = sum(population_sizes.values())
    if budget > population:
        raise ConfigurationError(f"{where}, but the day has {population} units; set it to {population} or less.")
    floors = {name: min(minimum_stratum_size, size) for name, size in population_sizes.items()}
    if budget < sum(floors.values()):
        raise ConfigurationError(
            f"{where}, but {len(floors)} strata need {sum(floors.values())} with `minimum_stratum_size` "
            f"`{minimum_stratum_size}`; raise the first or lower the second."
        )
    return _rounded(_within_bounds(budget, floors, population_sizes, stratum_sizes), budget, population_sizes)


def _within_bounds(
    budget: int, floors: Mapping[str, int], ceilings: Mapping[str, int], sizes: Mapping[str, float]
) -> dict[str, float]:
    """Shares of the budget that respect the bounds: min(ceiling, max(floor, factor x size)) for one common factor."""

    def clipped(factor: float) -> dict[str, float]:
        return {name: min(ceilings[name], max(floors[name], factor * sizes[name])) for name in sorted(floors)}

    low, high = 0.0, max(ceilings[name] / sizes[name] for name in floors if sizes[name] > 0)
    for _ in range(200):  # bisection: the total grows with the factor
        middle = (low + high) / 2
        low, high = (middle, high) if sum(clipped(middle).values()) < budget else (low, middle)
    return clipped(high)


def _rounded(shares: Mapping[str, float], budget: int, ceilings: Mapping[str, int]) -> dict[str, int]:
    # A share within rounding noise of an integer is that integer, not the one below.
    whole = {name: int(share + 1e-9) for name, share in shares.items()}
    by_remainder = sorted(shares, key=lambda name: (-(shares[name] - whole[name]), name))
    while (missing := budget - sum(whole.values())) > 0:
        open_strata = [name for name in by_remainder if whole[name] < ceilings[name]]
        for name in open_strata[:missing]:
            whole[name] += 1
    return whole
