"""The day's population with everything that its draws are planned from, up to where units are selected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame, Row

from lib.sampling.draw_plan import DrawPlan, plan_draws, plan_size_measures
from lib.sampling.pooled_groups import kept_groups, largest_groups, sizes_of_cells, with_pooled_groups
from lib.sampling.population import StratumPopulation, population_cells, stratum_populations
from lib.sampling.selection import size_column
from lib.sampling.size_measure import SizeMeasure, impute_scores
from lib.sampling.strata import stratum
from schemas.contracts.sampling_design import SamplingDesign

# Of the population's finest cells, as many as are looked at one by one.
_MOST_CELLS = 100_000


@dataclass(frozen=True)
class PlannedPopulation:
    """Units with stratum, imputed scores and one size measure a draw, and the plan of every draw.

    Where the day has more strata or segment values than the design bears, the smallest are `other`.

    `measures` are those that are published and those that the design's size measure mixes.
    """

    units: DataFrame
    measures: tuple[str, ...]
    populations: Sequence[StratumPopulation]
    size_measures: Mapping[str, SizeMeasure]
    plans: Sequence[DrawPlan]

    @classmethod
    def of(
        cls,
        unit_scores: DataFrame,
        *,
        design: SamplingDesign,
        policies: Sequence[str],
        measures: Sequence[str],
        segments: Sequence[str],
    ) -> "PlannedPopulation":
        """Plan the design's draws from the day's rows of `unit_scores`.

        Reads the population a few times in narrow columns and never shuffles or sorts it.
        Raises ConfigurationError if the budget does not fit the population.
        """
        all_measures = sorted({*measures, *design.measure_shares})
        names = {"measures": all_measures, "segments": segments, "policies": policies}
        population = unit_scores.withColumn("stratum", stratum(design.strata))
        cells = population_cells(population, **names).limit(_MOST_CELLS + 1).collect()
        if kept := _kept_groups(population, cells, design, segments):
            population = with_pooled_groups(population, kept)
            cells = population_cells(population, **names).collect()
        populations = stratum_populations(cells, **names)
        scored = population.withColumn("scores", impute_scores(populations, policies))
        size_measures = plan_size_measures(scored, design=design, populations=populations, policies=policies)
        sized = scored.withColumns({size_column(name): measure.column() for name, measure in size_measures.items()})
        plans = plan_draws(
            sized, design=design, populations=populations, size_measures=size_measures, measures=all_measures
        )
        return cls(sized, tuple(all_measures), populations, size_measures, plans)


def _kept_groups(
    population: DataFrame, cells: Sequence[Row], design: SamplingDesign, segments: Sequence[str]
) -> dict[str, list[str]]:
    if len(cells) <= _MOST_CELLS:
        return kept_groups(sizes_of_cells(cells, segments), design)
    return kept_groups(largest_groups(population, segments, most=design.maximum_groups + 1), design)
