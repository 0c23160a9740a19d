"""The two designs of `selection` on arrays held in memory, without Spark: the same draw from the same numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xxhash

FloatArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.intp]
TextArray = npt.NDArray[np.object_]

_SPARK_HASH_SEED = 42


@dataclass(frozen=True, eq=False)
class ArraySelection:
    """Drawn units.

    Attributes:
        drawn: positions of the drawn units, ascending
        inclusion_probability: their p in (0, 1], in the order of `drawn`
        thresholds: per stratum, the factor t of p = min(1, t·size_measure); None where every unit was taken

    """

    drawn: IndexArray
    inclusion_probability: FloatArray
    thresholds: dict[str, float | None]


def permanent_random_numbers(unit_ids: Iterable[str], *, seed: int, stream: str = "") -> FloatArray:
    """Return u in (0, 1) for each unit, bit by bit those of `selection.permanent_random_number`.

    u = (52 bits of a hash + 1/2)/2^52. The hash is XXH64 as Spark chains it: the hash of the first string, with seed
    42, is the seed of the second.

    Args:
        unit_ids: identifiers of the units
        seed: seed of the design
        stream: name of an independent sequence

    Returns:
        one number a unit

    """
    chained = xxhash.xxh64_intdigest(f"{seed}{stream}".encode(), _SPARK_HASH_SEED)
    bits = [xxhash.xxh64_intdigest(unit_id.encode(), chained) >> 12 for unit_id in unit_ids]
    return (np.array(bits, dtype=np.float64) + 0.5) * 2.0**-52


def bottom_k(
    size_measure: FloatArray,
    random_number: FloatArray,
    *,
    unit_ids: TextArray,
    stratum: TextArray,
    sample_sizes: Mapping[str, int],
) -> ArraySelection:
    """Draw exactly n units a stratum (all, if it has no more): those with the smallest rank u/w.

    p = min(1, w τ) with τ the (n+1)-th smallest rank is the inclusion probability given all other units' u, so
    Σ y/p is exactly unbiased (rank conditioning: Duffield, Lund & Thorup 2007; Cohen & Kaplan 2007).

    Args:
        size_measure: w > 0
        random_number: u in (0, 1)
        unit_ids: identifiers; they settle tied ranks
        stratum: each unit's stratum
        sample_sizes: n > 0 of each stratum

    Returns:
        the drawn units

    """
    rank = random_number / size_measure
    thresholds: dict[str, float | None] = {}
    parts = []
    for name, own in _by_stratum(stratum):
        n = sample_sizes[name]
        order = own[np.lexsort((unit_ids[own], rank[own]))]
        thresholds[name] = float(rank[order[n]]) if n < order.size else None
        parts.append((name, order[:n]))
    return _selection(parts, size_measure, thresholds)


def poisson(
    size_measure: FloatArray, random_number: FloatArray, *, stratum: TextArray, sample_sizes: Mapping[str, int]
) -> ArraySelection:
    """Draw about n units a stratum, each independently if u < p = min(1, c w), c such that Σ p = n (Hájek 1964).

    Args:
        size_measure: w > 0
        random_number: u in (0, 1)
        stratum: each unit's stratum
        sample_sizes: n > 0 of each stratum, expected

    Returns:
        the drawn units

    """
    thresholds: dict[str, float | None] = {}
    parts = []
    for name, own in _by_stratum(stratum):
        thresholds[name] = poisson_factor(size_measure[own], sample_sizes[name])
        parts.append((name, own[random_number[own] < _probability(size_measure[own], thresholds[name])]))
    return _selection(parts, size_measure, thresholds)


def poisson_factor(size_measure: FloatArray, n: float) -> float | None:
    """Return the c with Σ min(1, c w) = n, or None if n is the number of units or more.

    The k largest units are certain (c w >= 1) for the smallest k at which c_k = (n - k)/Σ_rest w leaves the next one
    below 1: Särndal, Swensson & Wretman (1992), section 3.6.2.

    Args:
        size_measure: w > 0
        n: wanted sum of probabilities, > 0

    Returns:
        c, in the inverse unit of w

    """
    if n >= size_measure.size:
        return None
    descending = np.sort(size_measure)[::-1]
    n_certain = np.arange(int(np.ceil(n)))  # with fewer than n certain units something is left for the rest
    rest = np.cumsum(descending[::-1])[::-1][n_certain]
    factors = (n - n_certain) / rest
    is_solution = factors * descending[n_certain] <= 1.0
    return float(factors[np.argmax(is_solution)])


def _by_stratum(stratum: TextArray) -> list[tuple[str, IndexArray]]:
    """Return the positions of each stratum's units, strata in alphabetical order."""
    names, codes = np.unique(stratum, return_inverse=True)
    grouped = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    return list(zip(names, grouped, strict=True))


def _probability(size_measure: FloatArray, threshold: float | None) -> FloatArray:
    return np.ones_like(size_measure) if threshold is None else np.minimum(1.0, size_measure * threshold)


def _selection(
    parts: list[tuple[str, IndexArray]], size_measure: FloatArray, thresholds: dict[str, float | None]
) -> ArraySelection:
    drawn = np.concatenate([positions for _, positions in parts])
    probability = np.concatenate([_probability(size_measure[own], thresholds[name]) for name, own in parts])
    order = np.argsort(drawn, kind="stable")
    return ArraySelection(drawn=drawn[order], inclusion_probability=probability[order], thresholds=thresholds)
