"""Plans the draws of a design: whose size measure, how many units of which stratum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame

from lib.sampling.budgets import draw_budget
from lib.sampling.minimax_importance import minimax_importance
from lib.sampling.pilot import draw_pilot
from lib.sampling.population import StratumPopulation
from lib.sampling.selection import MAIN_DRAW, PlannedDraw, size_column
from lib.sampling.size_measure import SizeMeasure, policy_importance, predicted_prevalence, score_spread_totals
from lib.sampling.size_profile import size_profiles
from schemas.contracts.sampling_design import PolicyBoost, SamplingDesign


@dataclass(frozen=True)
class DrawPlan:
    """One draw and the size measure behind it."""

    draw: PlannedDraw
    size_measure: SizeMeasure


def plan_size_measures(
    scored: DataFrame, *, design: SamplingDesign, populations: Sequence[StratumPopulation], policies: Sequence[str]
) -> dict[str, SizeMeasure]:
    """Size measure of the main draw and of every boost, in this order.

    `scored` has stratum, imputed scores and the exposure columns. One pass over it, two more if a draw asks for the
    smallest worst relative error.
    """
    rules = {MAIN_DRAW: design.policy_importance} | {boost.name: boost.policy_importance for boost in design.boosts}
    importances = {name: policy_importance(populations, policies=policies, rule=rule) for name, rule in rules.items()}
    size_measures = _size_measures(scored, design, populations, importances)
    searched = [name for name, rule in rules.items() if rule == "minimax_relative_error"]
    if not searched or not size_measures[MAIN_DRAW].score_spread_totals:
        return size_measures
    pilot = draw_pilot(scored, size_measures[searched[0]], policies)
    sizes = {MAIN_DRAW: design.sample_size} | {boost.name: boost.sample_size for boost in design.boosts}
    measures = list(design.measure_shares)
    prevalences = np.array([[predicted_prevalence(populations, k, m) for m in measures] for k in policies])
    for name in searched:
        found = minimax_importance(
            pilot,
            prevalences=prevalences,
            measure_shares=np.array(list(design.measure_shares.values())),
            uniform_share=design.uniform_share,
            sample_size=sizes[name],
        )
        importances[name] = dict(zip(policies, found.tolist(), strict=True))
    return _size_measures(scored, design, populations, importances)


def _size_measures(
    scored: DataFrame,
    design: SamplingDesign,
    populations: Sequence[StratumPopulation],
    importances: Mapping[str, Mapping[str, float]],
) -> dict[str, SizeMeasure]:
    measures = list(design.measure_shares)
    has_scores = any(p.highest_scores for p in populations)
    spreads = score_spread_totals(scored, importances=importances, measures=measures) if has_scores else {}
    return {
        name: SizeMeasure(
            uniform_share=design.uniform_share,
            measure_shares=dict(design.measure_shares.items()),
            policy_importance=importance,
            populations=populations,
            score_spread_totals=spreads.get(name, {}),
        )
        for name, importance in importances.items()
    }


def plan_draws(
    sized: DataFrame,
    *,
    design: SamplingDesign,
    populations: Sequence[StratumPopulation],
    size_measures: Mapping[str, SizeMeasure],
    measures: Sequence[str],
) -> list[DrawPlan]:
    """Every draw with its budget by stratum, the main one first; one pass over `sized` a draw.

    `sized` has stratum, imputed scores, the exposure columns and every draw's size measure. Boosts none of whose
    strata has units on the day are left out. Raises ConfigurationError if a budget does not fit its strata.
    """
    boosts: dict[str, PolicyBoost] = {boost.name: boost for boost in design.boosts}
    plans = []
    for name, size_measure in size_measures.items():
        boost = boosts.get(name)
        own = [p for p in populations if boost is None or not boost.strata or p.stratum in boost.strata]
        if not own:
            continue
        needs_variances = design.allocation in ("neyman", "compromise")
        profiles = size_profiles(
            sized,
            size_measure=size_column(name),
            populations=populations,
            measures=measures,
            policies=[k for k, weight in size_measure.policy_importance.items() if weight > 0]
            if needs_variances
            else [],
        )
        budget = draw_budget(design, boost, populations=own, size_measure=size_measure, profiles=profiles)
        sample_sizes = {p.stratum: budget.get(p.stratum, 0) for p in populations}
        plans.append(DrawPlan(PlannedDraw(name, sample_sizes, profiles), size_measure))
    return plans
