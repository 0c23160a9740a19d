"""Many samples of a virtual frame at once, by a design's own rule: strata, coordinated draws, Poisson or bottom-k."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from lib.audit.population import FloatArray
from lib.audit.repeated_draws import IndexArray, successes
from lib.audit.virtual_frame import CountArray, VirtualFrame


@dataclass(frozen=True)
class StratumDraws:
    """What the design draws in one stratum.

    Attributes:
        sample_sizes: draw to its units n, exact for bottom-k; 0: it draws nothing here
        thresholds: draw to t of p = min(1, w t), for Poisson; inf: every unit is taken

    """

    sample_sizes: Mapping[str, int]
    thresholds: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class VirtualDraws:
    """The units of all samples, one entry a sampled copy.

    Attributes:
        n_replicates: samples
        replicate: number of the sample, 0 to n_replicates - 1
        unit: position in the frame
        copy: which of its copies
        inclusion_probability: p

    """

    n_replicates: int
    replicate: IndexArray
    unit: IndexArray
    copy: CountArray
    inclusion_probability: FloatArray


def repeated_draws(
    frame: VirtualFrame, strata: Mapping[str, StratumDraws], *, method: str, n_replicates: int, random: Generator
) -> VirtualDraws:
    """Draw samples of all strata.

    Args:
        frame: the population
        strata: stratum to what is drawn in it
        method: poisson or bottom_k
        n_replicates: samples
        random: source of randomness

    Returns:
        the samples; their units are in no particular order

    """
    parts = []
    for name, own in frame.positions.items():
        draws = [draw for draw, n in strata[name].sample_sizes.items() if n > 0]
        sizes = [frame.size_measures[draw][own] for draw in draws]
        if method == "poisson":
            limits = [strata[name].thresholds[draw] for draw in draws]
            part = poisson(sizes, limits, frame.copies[own], n_replicates, random)
        else:
            numbers = [strata[name].sample_sizes[draw] for draw in draws]
            part = bottom_k(sizes, numbers, frame.copies[own], n_replicates, random)
        parts.append((part, own[part.unit]))
    return VirtualDraws(
        n_replicates,
        np.concatenate([part.replicate for part, _ in parts]),
        np.concatenate([unit for _, unit in parts]),
        np.concatenate([part.copy for part, _ in parts]),
        np.concatenate([part.inclusion_probability for part, _ in parts]),
    )


def poisson(
    sizes: Sequence[FloatArray],
    thresholds: Sequence[float],
    copies: CountArray,
    n_replicates: int,
    random: Generator,
) -> VirtualDraws:
    """Draw the union of coordinated Poisson samples: p = min(1, max_d w_d t_d), every copy independently."""
    chance = np.zeros(copies.size)
    for size, threshold in zip(sizes, thresholds, strict=True):
        chance = np.maximum(chance, np.minimum(1.0, size * threshold))
    replicate, unit, copy = trials(chance, copies, n_replicates, random)
    return VirtualDraws(n_replicates, replicate, unit, copy, chance[unit])


def bottom_k(
    sizes: Sequence[FloatArray],
    sample_sizes: Sequence[int],
    copies: CountArray,
    n_replicates: int,
    random: Generator,
) -> VirtualDraws:
    """Draw the union of coordinated bottom-k samples of one stratum: p = min(1, max_d w_d t_d) as `lib.sampling` does.

    t_d is the (n_d+1)-th smallest rank u/w_d for copies in draw d, the n_d-th for the others. Only copies with
    u < max_d w_d T_d are drawn and ranked, with T_d such that n_d + 1 ranks of draw d are below it.
    """
    population_size = int(copies.sum())
    reach = np.zeros(copies.size)
    for size, n in zip(sizes, sample_sizes, strict=True):
        margin = n + 8.0 * np.sqrt(n) + 20.0
        reach = np.maximum(reach, np.minimum(1.0, size * threshold_for(size, copies, margin)))
    replicate, unit, copy = trials(reach, copies, n_replicates, random)
    number = random.random(unit.size) * reach[unit]
    chance, is_drawn = np.zeros(unit.size), np.zeros(unit.size, dtype=bool)
    for size, n in zip(sizes, sample_sizes, strict=True):
        if n >= population_size:
            chance[:], is_drawn[:] = 1.0, True
            continue
        rank = number / size[unit]
        last, following = _order_statistics(rank, replicate, n, n_replicates)
        is_inside = rank <= last[replicate]
        chance = np.maximum(chance, size[unit] * np.where(is_inside, following[replicate], last[replicate]))
        is_drawn |= is_inside
    probability = np.minimum(1.0, chance[is_drawn])
    return VirtualDraws(n_replicates, replicate[is_drawn], unit[is_drawn], copy[is_drawn], probability)


def threshold_for(size: FloatArray, copies: CountArray, n: float) -> float:
    """Return the t with Σ k min(1, w t) = n, inf if that is everybody: `array_selection.poisson_factor` with copies."""
    if n >= copies.sum():
        return float("inf")
    order = np.argsort(-size)
    w, k = size[order], copies[order]
    larger = np.cumsum(k) - k
    rest = np.cumsum((k * w)[::-1])[::-1]
    factors = (n - larger) / rest
    # Units with w t >= 1 are certain; t belongs to the first number of certain units that leaves the next one below 1.
    return float(factors[np.argmax(factors * w <= 1.0)])


def trials(
    probability: FloatArray, copies: CountArray, n_replicates: int, random: Generator
) -> tuple[IndexArray, IndexArray, CountArray]:
    """Return (replicate, unit, copy) of all successes of independent trials, one a copy and replicate.

    As `repeated_draws.bernoulli_trials`: cost grows with the successes, not with units, copies or replicates.

    Args:
        probability: p in [0, 1] of each unit
        copies: k of each unit
        n_replicates: replicates
        random: source of randomness

    Returns:
        the successes, in no particular order

    """
    is_possible = probability > 0.0
    halvings = np.floor(-np.log2(probability, out=np.zeros_like(probability), where=is_possible)).astype(int)
    found: list[tuple[IndexArray, IndexArray, CountArray]] = []
    for halving in np.unique(halvings[is_possible]):
        alike = np.flatnonzero(is_possible & (halvings == halving))
        until = np.cumsum(copies[alike])
        highest = float(probability[alike].max())
        position = successes(n_replicates * int(until[-1]), highest, random)
        number = position % until[-1]
        index = np.searchsorted(until, number, side="right")
        unit = alike[index]
        is_kept = random.random(unit.size) * highest < probability[unit]
        copy = number - (until[index] - copies[unit])
        found.append(((position // until[-1])[is_kept], unit[is_kept], copy[is_kept]))
    if not found:
        nothing = np.empty(0, dtype=np.intp)
        return nothing, nothing, nothing
    replicate, unit, copy = (np.concatenate(part) for part in zip(*found, strict=True))
    return replicate, unit, copy


def _order_statistics(
    rank: FloatArray, replicate: IndexArray, n: int, n_replicates: int
) -> tuple[FloatArray, FloatArray]:
    """The n-th and (n+1)-th smallest rank of every replicate."""
    order = np.lexsort((rank, replicate))
    starts = np.searchsorted(replicate[order], np.arange(n_replicates))
    if np.any(np.diff(starts, append=rank.size) <= n):
        raise ArithmeticError(f"A replicate has fewer than {n + 1} candidates: is every size measure > 0?")
    return rank[order[starts + n - 1]], rank[order[starts + n]]
