"""Draws of a population with given size measures, without scores or exposures."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.sampling.population import StratumPopulation
from lib.sampling.selection import PlannedDraw, size_column
from lib.sampling.size_profile import size_profiles


def planned_draws(
    units: DataFrame, sample_sizes: Mapping[str, Mapping[str, int]]
) -> tuple[DataFrame, list[PlannedDraw]]:
    """`units` with every draw's size measure, and the draws; `sample_sizes` maps a draw to stratum to n.

    `units` has unit_id, stratum and one column with the size measure of each draw, named as the draw.
    """
    named = units.withColumns({size_column(name): F.col(name) for name in sample_sizes})
    plans = []
    for name, sizes in sample_sizes.items():
        strata = [_population(stratum) for stratum in sizes]
        profiles = size_profiles(named, size_measure=size_column(name), populations=strata, measures=[])
        plans.append(PlannedDraw(name, sizes, profiles))
    return named, plans


def _population(stratum: str) -> StratumPopulation:
    return StratumPopulation(stratum, 0, "v1", {}, {}, {}, {}, ())
