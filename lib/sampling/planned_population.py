"""The day's population with everything that its draws are planned from, up to where units are selected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame

from lib.sampling.draw_plan import DrawPlan, plan_draws, plan_size_measures
from lib.sampling.population import StratumPopulation, population_cells, stratum_populations
from lib.sampling.selection import size_column
from lib.sampling.size_measure import SizeMeasure, impute_scores
from lib.sampling.strata import stratum
from schemas.contracts.sampling_design import SamplingDesign


@dataclass(frozen=True)
class PlannedPopulation:
    """Units with stratum, imputed scores and one size measure a draw, and the plan of every draw.

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
        population = unit_scores.withColumn("stratum", stratum(design.strata))
        cells = population_cells(population, measures=all_measures, segments=segments, policies=policies).collect()
        populations = stratum_populations(cells, measures=all_measures, segments=segments, policies=policies)
        scored = population.withColumn("scores", impute_scores(populations, policies))
        size_measures = plan_size_measures(scored, design=design, populations=populations, policies=policies)
        sized = scored.withColumns({size_column(name): measure.column() for name, measure in size_measures.items()})
        plans = plan_draws(
            sized, design=design, populations=populations, size_measures=size_measures, measures=all_measures
        )
        return cls(sized, tuple(all_measures), populations, size_measures, plans)
