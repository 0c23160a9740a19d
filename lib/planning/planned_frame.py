"""The frame that a design would draw from: the draw's own size measures and allocation, reduced to cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.planning.cells import EVERYTHING, FrameCells
from lib.planning.frame_cells import frame_cells
from lib.planning.label_model import ErrorRates
from lib.planning.plan_model import Allocation
from lib.sampling.allocation import allocate
from lib.sampling.budgets import draw_budget
from lib.sampling.draw_plan import DrawPlan
from lib.sampling.planned_population import PlannedPopulation
from lib.sampling.population import StratumPopulation
from lib.sampling.selection import MAIN_DRAW, size_column
from lib.sampling.strata import by_stratum
from schemas.contracts.sampling_design import SamplingDesign

# A boost that takes a whole stratum has no threshold; any unit is then certain with this many times its size.
_CERTAIN = 1e12


@dataclass(frozen=True, eq=False)
class PlannedFrame:
    """What a plan needs of the day's units.

    Attributes:
        cells: the frame
        policy_importance: a_k per policy of the main draw
        allocate: units per stratum for a budget
        smallest_budget: least number of units that `allocate` accepts
        sample_size: units that the configured design draws, boosts included
        scored_policies: policies that some unit has a score for

    """

    cells: FrameCells
    policy_importance: Mapping[str, float]
    allocate: Allocation
    smallest_budget: int
    sample_size: float
    scored_policies: frozenset[str]


def planned_frame(
    unit_scores: DataFrame,
    *,
    design: SamplingDesign,
    policies: Sequence[str],
    measures: Sequence[str],
    segments: Sequence[str],
    climbing_rates: ErrorRates,
    unscored: float,
) -> PlannedFrame:
    """Reduce the day's rows of `unit_scores` to what the design's budgets can be judged by.

    Nothing is drawn. A design with boosts is planned as the union of its draws, all scaled together: their common
    size measure is max_d w_d t_d/t_main with the configured thresholds t_d. Units count as drawn independently: a
    design that draws all units of a person together has larger errors than planned.

    Args:
        unit_scores: the day's rows
        design: what would be drawn
        policies: every policy
        measures: published measures
        segments: segment columns
        climbing_rates: error rates by which the rungs' samples are steered
        unscored: score of a policy that has none

    Returns:
        the frame

    Raises:
        ConfigurationError: the configured budget does not fit the population
    """
    planned = PlannedPopulation.of(unit_scores, design=design, policies=policies, measures=measures, segments=segments)
    populations, plans = planned.populations, planned.plans
    importance = planned.size_measures[MAIN_DRAW].policy_importance
    table = frame_cells(
        planned.units,
        size_measure=_union_size(plans),
        exposure_totals={m: sum(p.exposure_totals[m] for p in populations) for m in planned.measures},
        policy_importance=importance,
        segments=segments,
        climbing_rates=climbing_rates,
        unscored=unscored,
    )
    frame = FrameCells(table.toPandas())
    union_sizes = _union_sizes(plans, frame)
    return PlannedFrame(
        cells=frame,
        policy_importance=importance,
        allocate=_allocation(design, plans, populations, union_sizes),
        smallest_budget=sum(min(design.minimum_stratum_size, p.population_size) for p in populations),
        sample_size=sum(union_sizes.values()),
        scored_policies=frozenset(k for p in populations for k in p.highest_scores),
    )


def _main_thresholds(plan: DrawPlan) -> dict[str, float]:
    sizes, profiles = plan.draw.sample_sizes, plan.draw.profiles
    return {name: profiles[name].threshold(n) if n else 0.0 for name, n in sizes.items()}


def _union_size(plans: Sequence[DrawPlan]) -> Column:
    """The size measure of the union of the draws; the main draw's own without boosts."""
    main = _main_thresholds(plans[0])
    sizes = [F.col(size_column(MAIN_DRAW))]
    for plan in plans[1:]:
        ratios = {}
        for name, threshold in _main_thresholds(plan).items():
            # Where the main draw takes everything, boosts add nothing.
            ratios[name] = min(threshold / main[name], _CERTAIN) if np.isfinite(main[name]) else 0.0
        sizes.append(F.col(size_column(plan.draw.name)) * by_stratum(ratios))
    return F.greatest(*sizes) if len(sizes) > 1 else sizes[0]


def _union_sizes(plans: Sequence[DrawPlan], frame: FrameCells) -> dict[str, float]:
    """Expected units of the configured design in each stratum."""
    main = plans[0].draw.sample_sizes
    if len(plans) == 1:
        return {name: float(n) for name, n in main.items()}
    block = frame.select(*EVERYTHING, frame.policies[0])
    n_units = block.column("n_units")
    chances = np.minimum(1.0, block.by_stratum(_main_thresholds(plans[0])) * block.column("size_measure") / n_units)
    return {name: float((n_units * chances)[block.strata == name].sum()) for name in main}


def _allocation(
    design: SamplingDesign,
    plans: Sequence[DrawPlan],
    populations: Sequence[StratumPopulation],
    union_sizes: Mapping[str, float],
) -> Allocation:
    """The design's rule for any budget; with boosts, in the proportions of the configured union."""

    def by_rule(budget: int) -> Mapping[str, float]:
        return draw_budget(
            design.model_copy(update={"sample_size": budget}),
            None,
            populations=populations,
            size_measure=plans[0].size_measure,
            profiles=plans[0].draw.profiles,
        )

    def in_proportion(budget: int) -> Mapping[str, float]:
        return allocate(
            budget,
            population_sizes={p.stratum: p.population_size for p in populations},
            stratum_sizes=union_sizes,
            minimum_stratum_size=design.minimum_stratum_size,
            design_name=design.name,
        )

    return by_rule if len(plans) == 1 else in_proportion
