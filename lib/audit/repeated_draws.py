"""Many samples of one population at once, by the designs of `lib.sampling`: cost grows with what is drawn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from lib.audit.population import FloatArray
from lib.sampling.array_selection import poisson_factor

IndexArray = npt.NDArray[np.intp]

_SKIP_BELOW = 0.3


@dataclass(frozen=True, eq=False)
class RepeatedDraws:
    """The units of all samples, one entry a sampled unit.

    Attributes:
        n_replicates: samples
        replicate: number of the sample, 0 to n_replicates - 1
        unit: position in the population
        inclusion_probability: p

    """

    n_replicates: int
    replicate: IndexArray
    unit: IndexArray
    inclusion_probability: FloatArray


def repeated_poisson(size_measure: FloatArray, n: int, n_replicates: int, random: Generator) -> RepeatedDraws:
    """Draw samples with p = min(1, c w), Σ p = n, every unit independently."""
    factor = poisson_factor(size_measure, n)
    probability = np.ones_like(size_measure) if factor is None else np.minimum(1.0, factor * size_measure)
    replicate, unit = bernoulli_trials(probability, n_replicates, random)
    return RepeatedDraws(n_replicates, replicate, unit, probability[unit])


def repeated_bottom_k(size_measure: FloatArray, n: int, n_replicates: int, random: Generator) -> RepeatedDraws:
    """Draw samples of the n units with the smallest rank u/w, p = min(1, w τ) with τ the (n+1)-th smallest rank.

    Ranks below t belong to a Poisson sample with p = min(1, t w), within which u is uniform below p: only that sample
    is drawn and ranked, with t such that n + 1 units are always among it.
    """
    margin = n + 8.0 * np.sqrt(n) + 20.0
    bound = poisson_factor(size_measure, margin)
    if bound is None:
        raise ValueError(f"A population of {size_measure.size} units is too small to audit samples of {n}.")
    reach = np.minimum(1.0, bound * size_measure)
    replicate, unit = bernoulli_trials(reach, n_replicates, random)
    rank = random.random(unit.size) * reach[unit] / size_measure[unit]
    order = np.lexsort((rank, replicate))
    replicate, unit, rank = replicate[order], unit[order], rank[order]
    starts = np.searchsorted(replicate, np.arange(n_replicates))
    threshold = rank[starts + n]
    is_drawn = np.arange(replicate.size) - starts[replicate] < n
    replicate, unit = replicate[is_drawn], unit[is_drawn]
    return RepeatedDraws(n_replicates, replicate, unit, np.minimum(1.0, size_measure[unit] * threshold[replicate]))


def bernoulli_trials(probability: FloatArray, n_replicates: int, random: Generator) -> tuple[IndexArray, IndexArray]:
    """Return (replicate, unit) of all successes of independent trials, one a unit and replicate.

    Units of like probability form one long sequence over all replicates, in which the gaps between successes are
    geometric: failures cost nothing (Devroye 1986, section X.2).

    Args:
        probability: p in [0, 1] of each unit
        n_replicates: replicates
        random: source of randomness

    Returns:
        replicates and units of the successes, in no particular order

    """
    is_possible = probability > 0.0
    halvings = np.floor(-np.log2(probability, out=np.zeros_like(probability), where=is_possible)).astype(int)
    replicates, units = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
    for halving in np.unique(halvings[is_possible]):
        alike = np.flatnonzero(is_possible & (halvings == halving))
        highest = float(probability[alike].max())
        position = successes(n_replicates * alike.size, highest, random)
        replicate, unit = position // alike.size, alike[position % alike.size]
        is_kept = random.random(position.size) * highest < probability[unit]
        replicates.append(replicate[is_kept])
        units.append(unit[is_kept])
    return np.concatenate(replicates), np.concatenate(units)


def successes(n_trials: int, probability: float, random: Generator) -> IndexArray:
    """Return the positions of the successes among `n_trials` independent trials of one probability > 0, ascending."""
    if probability > _SKIP_BELOW:
        return np.flatnonzero(random.random(n_trials) < probability)
    expected = n_trials * probability
    batch = int(expected + 6.0 * np.sqrt(expected) + 50.0)
    position = np.cumsum(random.geometric(probability, batch)) - 1
    while position[-1] < n_trials:
        position = np.concatenate([position, position[-1] + np.cumsum(random.geometric(probability, batch))])
    return position[position < n_trials]
