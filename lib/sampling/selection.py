"""Draws units with known inclusion probabilities: threshold first, then filter; the population is never sorted.

Both designs compare a permanent random number u with a size measure w. u is a hash of (seed, unit_id), so a re-run, a
back-fill and a retry draw the same units whatever the partitioning.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.sampling.exact_sum import SCALE
from lib.sampling.strata import by_stratum

_LONGEST_SEARCH = 64


@dataclass(frozen=True)
class Selection:
    """Drawn units, with prn and inclusion_probability added, and each stratum's threshold (None: every unit taken).

    `cached` frames hold what the units are read from; unpersist them when the units are written.
    """

    units: DataFrame
    thresholds: dict[str, float | None]
    cached: tuple[DataFrame, ...] = ()


def permanent_random_number(seed: int, stream: str = "") -> Column:
    """U in (0, 1) from the row's unit_id: 52 bits of a hash, never 0 or 1; `stream` names an independent sequence."""
    bits = F.shiftrightunsigned(F.xxhash64(F.lit(f"{seed}{stream}"), F.col("unit_id")), 12)
    return (bits.cast("double") + F.lit(0.5)) * F.lit(2.0**-52)


def bottom_k(
    units: DataFrame, *, sample_sizes: Mapping[str, int], population_sizes: Mapping[str, int], seed: int
) -> Selection:
    """Exactly n units per stratum: those with the smallest rank u/w.

    p = min(1, w τ) with τ the (n+1)-th smallest rank is the inclusion probability given all other units' u, so
    Σ y/p is exactly unbiased (rank conditioning: Duffield, Lund & Thorup 2007; Cohen & Kaplan 2007).
    `units` has unit_id, stratum and size_measure (stratum total about 1).
    """
    ranked = units.withColumn("prn", permanent_random_number(seed))
    ranked = ranked.withColumn("rank", F.col("prn") / F.col("size_measure"))
    candidates = _candidates(ranked, sample_sizes, population_sizes)
    order = Window.partitionBy("stratum").orderBy("rank", "unit_id")
    placed = candidates.withColumn("place", F.row_number().over(order))
    budget = by_stratum(sample_sizes)
    next_ranks = placed.where(F.col("place") == budget + 1).select("stratum", "rank").collect()
    thresholds: dict[str, float | None] = dict.fromkeys(sample_sizes) | {r["stratum"]: r["rank"] for r in next_ranks}
    drawn = placed.where(F.col("place") <= budget)
    return Selection(_with_probability(drawn, thresholds).drop("rank", "place"), thresholds, (candidates,))


def poisson(
    units: DataFrame, *, sample_sizes: Mapping[str, int], population_sizes: Mapping[str, int], seed: int
) -> Selection:
    """About n units per stratum, each independently with p = min(1, c w), c such that Σ p = n.

    p is exact for any c, so the search for c may stop early.
    """
    thresholds = _poisson_thresholds(units, sample_sizes, population_sizes)
    randomised = _with_probability(units.withColumn("prn", permanent_random_number(seed)), thresholds)
    return Selection(randomised.where(F.col("prn") < F.col("inclusion_probability")), thresholds)


def _with_probability(units: DataFrame, thresholds: Mapping[str, float | None]) -> DataFrame:
    threshold = by_stratum(thresholds)
    probability = F.when(threshold.isNull(), 1.0).otherwise(F.least(F.lit(1.0), F.col("size_measure") * threshold))
    return units.withColumn("inclusion_probability", probability)


def _candidates(ranked: DataFrame, sample_sizes: Mapping[str, int], population_sizes: Mapping[str, int]) -> DataFrame:
    """The few units with the smallest ranks of each stratum: n + 1 at least, or all of it.

    Σ_U min(1, w t) units have a rank below t. With stratum totals of 1 that is at most t, and nearly t unless a few
    units are large: those strata come out short, and their threshold is raised until they do not.
    """
    thresholds = {
        name: math.inf if n >= population_sizes[name] else n + 4 * math.sqrt(n) + 10 for name, n in sample_sizes.items()
    }
    needed = {name: min(n + 1, population_sizes[name]) for name, n in sample_sizes.items()}
    for _ in range(_LONGEST_SEARCH):
        candidates = ranked.where(F.col("rank") < by_stratum(thresholds)).persist()
        found = {row["stratum"]: row["count"] for row in candidates.groupBy("stratum").count().collect()}
        short = [name for name, least in needed.items() if found.get(name, 0) < least]
        if not short:
            return candidates
        candidates.unpersist()
        for name in short:
            thresholds[name] *= max(2.0, needed[name] / max(found.get(name, 0), 1))
    raise ArithmeticError(f"no threshold gives enough candidates in strata {short}: is every size_measure > 0?")


def _poisson_thresholds(
    units: DataFrame, sample_sizes: Mapping[str, int], population_sizes: Mapping[str, int]
) -> dict[str, float | None]:
    """The c of each stratum with Σ min(1, c w) = n, by fixed point: certain units are set aside until none is added."""
    thresholds: dict[str, float | None] = {
        name: None if n >= population_sizes[name] else float(n) for name, n in sample_sizes.items()
    }
    # Size measures of a stratum sum to 1: at this scale they are integers that sum exactly.
    scale = float(SCALE) * 1e6
    while True:
        is_certain = F.col("size_measure") * by_stratum(thresholds) >= 1
        rest = F.when(is_certain, 0).otherwise(F.round(F.col("size_measure") * scale).cast("bigint"))
        found = units.groupBy("stratum").agg(F.count_if(is_certain).alias("n_certain"), F.sum(rest).alias("rest"))
        improved = dict(thresholds)
        for row in found.collect():
            name = row["stratum"]
            if thresholds[name] is not None and row["rest"]:
                improved[name] = (sample_sizes[name] - row["n_certain"]) / (row["rest"] / scale)
        if all(_is_settled(thresholds[name], improved[name]) for name in thresholds):
            return improved
        thresholds = improved


def _is_settled(before: float | None, after: float | None) -> bool:
    return before is None or after is None or math.isclose(before, after, rel_tol=1e-6)
