"""Draws units with known inclusion probabilities: threshold first, then filter; the population is never sorted.

A permanent random number u is compared with a size measure w. u is a hash of (seed, unit_id), so a re-run, a back-fill
and a retry draw the same units whatever the partitioning, and several draws with their own size measures overlap as
much as they can: their union is one sample, with probability

    p_i = min(1, max_d w_di t_di)

Poisson: t_di is the constant c_d of draw d, with Σ min(1, c_d w_d) = n_d. Bottom-k: t_di is the n_d-th smallest rank
u/w_d among the OTHER units of the stratum: the (n_d+1)-th smallest of all if d contains i, the n_d-th if not. Then p_i
is the probability given all other units' u, and Σ y/p is exactly unbiased (rank conditioning: Duffield, Lund & Thorup
2007; coordinated draws: Cohen & Kaplan 2007).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.sampling.size_profile import StratumProfile
from lib.sampling.strata import by_stratum

MAIN_DRAW = "main"
_LONGEST_SEARCH = 64


@dataclass(frozen=True)
class PlannedDraw:
    """One draw: units per stratum, and what its size measure looks like there. Strata without units are left out."""

    name: str
    sample_sizes: Mapping[str, int]
    profiles: Mapping[str, StratumProfile]


@dataclass(frozen=True)
class Thresholds:
    """What t is in one stratum of one draw: for units in the draw, and for those outside; inf: every unit is taken."""

    inside: float
    outside: float


@dataclass(frozen=True)
class Selection:
    """Drawn units, and every draw's thresholds by stratum.

    `units` has the input's columns and prn, inclusion_probability, draws (names of the draws that contain the unit)
    and size_measures (draw to w). `cached` frames hold what the units are read from; unpersist them when the units are
    written.
    """

    units: DataFrame
    thresholds: dict[str, dict[str, Thresholds]]
    cached: tuple[DataFrame, ...] = ()


def permanent_random_number(seed: int, stream: str = "", *, key: str = "unit_id") -> Column:
    """U in (0, 1) from the row's `key`: 52 bits of a hash, never 0 or 1; `stream` names an independent sequence.

    Rows without a key are hashed by their unit_id.
    """
    hashed = F.col(key) if key == "unit_id" else F.coalesce(key, "unit_id")
    bits = F.shiftrightunsigned(F.xxhash64(F.lit(f"{seed}{stream}"), hashed), 12)
    return (bits.cast("double") + F.lit(0.5)) * F.lit(2.0**-52)


def size_column(draw: str) -> str:
    """Name of the column with the size measure w of `draw`."""
    return f"size_measure|{draw}"


def bottom_k(units: DataFrame, draws: Sequence[PlannedDraw], *, seed: int) -> Selection:
    """The union of draws of exactly n units per stratum each: those with the smallest rank u/w.

    `units` has unit_id, stratum and for every draw its size measure, named by `size_column`.
    """
    ranked = units.withColumn("prn", permanent_random_number(seed))
    ranked = ranked.withColumns({_rank(d): F.col("prn") / F.col(size_column(d.name)) for d in draws})
    candidates = _candidates(ranked, draws)
    placed = candidates.withColumns(
        {_place(d): F.row_number().over(Window.partitionBy("stratum").orderBy(_rank(d), "unit_id")) for d in draws}
    )
    thresholds = _rank_thresholds(placed, draws)
    contains = {d.name: F.col(_place(d)) <= by_stratum(_sizes(d)) for d in draws}
    drawn = placed.where(_any(list(contains.values())))
    units_drawn = _with_probability(drawn, contains, thresholds)
    return Selection(
        units_drawn.drop(*[_rank(d) for d in draws], *[_place(d) for d in draws]), thresholds, (candidates,)
    )


def poisson(units: DataFrame, draws: Sequence[PlannedDraw], *, seed: int, key: str = "unit_id") -> Selection:
    """The union of draws of about n units per stratum each, every unit with p = min(1, c w) and independently.

    p is exact for any c, so c rests on the profile's histogram. `units` as for `bottom_k`; units with the same `key`
    share their random number: a person's units are drawn together.
    """
    thresholds = {
        d.name: {
            name: Thresholds(c, c)
            for name, n in d.sample_sizes.items()
            for c in [d.profiles[name].threshold(n) if n else 0.0]
        }
        for d in draws
    }
    return below_thresholds(units, thresholds, seed=seed, key=key)


def below_thresholds(
    units: DataFrame, thresholds: dict[str, dict[str, Thresholds]], *, seed: int, key: str = "unit_id"
) -> Selection:
    """The union of draws that take each unit with u < w t, t being fixed beforehand: p is exact whatever it rests on.

    `units` as for `poisson`; what has no size measure, or no threshold, is in no draw.
    """
    randomised = units.withColumn("prn", permanent_random_number(seed, key=key))
    contains = {
        draw: F.col("prn") < F.col(size_column(draw)) * by_stratum({name: t.inside for name, t in of_draw.items()})
        for draw, of_draw in thresholds.items()
    }
    return Selection(
        _with_probability(randomised.where(_any(list(contains.values()))), contains, thresholds), thresholds
    )


def _candidates(ranked: DataFrame, draws: Sequence[PlannedDraw]) -> DataFrame:
    """The few units with the smallest ranks of each draw and stratum: n + 1 at least, or all of the stratum.

    Σ_U min(1, w t) units are expected to have a rank below t, and the profile says which t that needs. A stratum that
    comes out short all the same is asked for twice as many, until it is read whole.
    """
    wanted = {d.name: {name: _wanted(n) for name, n in d.sample_sizes.items() if n} for d in draws}
    for _ in range(_LONGEST_SEARCH):
        is_candidate = {
            d.name: F.col(_rank(d)) < by_stratum({k: d.profiles[k].threshold(n) for k, n in wanted[d.name].items()})
            for d in draws
        }
        candidates = ranked.where(_any(list(is_candidate.values()))).persist()
        counts = candidates.groupBy("stratum").agg(*[F.count_if(c).alias(name) for name, c in is_candidate.items()])
        found = {row["stratum"]: row for row in counts.collect()}
        short = [
            (d.name, name)
            for d in draws
            for name in wanted[d.name]
            if (found[name][d.name] if name in found else 0)
            < min(d.sample_sizes[name] + 1, d.profiles[name].population_size)
        ]
        if not short:
            return candidates
        candidates.unpersist()
        for draw, name in short:
            wanted[draw][name] *= 2
    raise ArithmeticError(f"no threshold gives enough candidates for {short}: is every size measure > 0?")


def _wanted(sample_size: int) -> float:
    """Candidates to expect: so many that fewer than n + 1 come out once in 10,000 draws."""
    return sample_size + 4 * math.sqrt(sample_size) + 10


def _rank_thresholds(placed: DataFrame, draws: Sequence[PlannedDraw]) -> dict[str, dict[str, Thresholds]]:
    """The n-th and (n+1)-th smallest rank of every draw and stratum; inf where there is none."""
    ranks = [
        F.min(F.when(F.col(_place(d)) == by_stratum(_sizes(d)) + after, F.col(_rank(d)))).alias(f"{d.name}|{after}")
        for d in draws
        for after in (0, 1)
    ]
    rows = {row["stratum"]: row for row in placed.groupBy("stratum").agg(*ranks).collect()}

    def of(draw: PlannedDraw, name: str, n: int) -> Thresholds:
        if n == 0:
            return Thresholds(0.0, 0.0)
        following = rows[name][f"{draw.name}|1"]
        if following is None:
            return Thresholds(math.inf, math.inf)
        return Thresholds(inside=following, outside=rows[name][f"{draw.name}|0"])

    return {d.name: {name: of(d, name, n) for name, n in d.sample_sizes.items()} for d in draws}


def _with_probability(
    drawn: DataFrame, contains: Mapping[str, Column], thresholds: Mapping[str, Mapping[str, Thresholds]]
) -> DataFrame:
    chances = [
        F.col(size_column(name))
        * F.when(is_in, by_stratum({k: t.inside for k, t in thresholds[name].items()})).otherwise(
            by_stratum({k: t.outside for k, t in thresholds[name].items()})
        )
        for name, is_in in contains.items()
    ]
    sizes = [part for name in contains for part in (F.lit(name), F.col(size_column(name)))]
    names = [F.when(is_in, F.lit(name)) for name, is_in in contains.items()]
    return drawn.withColumns(
        {
            "inclusion_probability": reduce(_larger, chances, F.lit(0.0)),
            "draws": F.array_compact(F.array(*names)),
            "size_measures": F.create_map(*sizes),
        }
    ).withColumn("inclusion_probability", F.least(F.lit(1.0), "inclusion_probability"))


def _larger(first: Column, second: Column) -> Column:
    return F.greatest(first, second)


def _any(conditions: Sequence[Column]) -> Column:
    return reduce(lambda first, second: first | second, conditions)


def _sizes(draw: PlannedDraw) -> dict[str, float]:
    return {name: float(n) for name, n in draw.sample_sizes.items()}


def _rank(draw: PlannedDraw) -> str:
    return f"rank|{draw.name}"


def _place(draw: PlannedDraw) -> str:
    return f"place|{draw.name}"
