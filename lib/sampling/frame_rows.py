"""Rows of `sampling_frame`: what a stratum's sample was drawn from, so that every probability can be recomputed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.sampling.draw_plan import DrawPlan
from lib.sampling.population import StratumPopulation
from lib.sampling.selection import MAIN_DRAW, Thresholds
from schemas.contracts.sampling_design import SamplingDesign

SelectedThresholds = Mapping[str, Mapping[str, Thresholds]]


def drawn_sizes(units: DataFrame, draws: Sequence[str]) -> dict[str, dict[str, int]]:
    """Stratum -> draw -> drawn units; "" stands for the union. `units` has stratum and draws."""
    counts = [F.count_if(F.array_contains("draws", draw)).alias(draw) for draw in draws]
    rows = units.groupBy("stratum").agg(F.count(F.lit(1)).alias("n_union"), *counts).collect()
    return {row["stratum"]: {"": row["n_union"]} | {draw: row[draw] for draw in draws} for row in rows}


def frame_rows(
    populations: Sequence[StratumPopulation],
    plans: Sequence[DrawPlan],
    *,
    design: SamplingDesign,
    thresholds: SelectedThresholds,
    sizes: Mapping[str, Mapping[str, int]],
) -> list[dict[str, Any]]:
    """One record per stratum, the columns of `sampling_frame` but ds, job_run_reads and job_run_id.

    `plans` has the main draw first; `sizes` is what `drawn_sizes` gives.
    """
    main = plans[0]
    return [
        {
            "design_id": design.design_id,
            "stratum": population.stratum,
            "method": design.method,
            "size_measure_rule": main.size_measure.rule,
            "population_size": population.population_size,
            "exposure_totals": population.exposure_totals,
            "score_totals": population.score_totals,
            "n_missing_scores": population.n_missing_scores,
            "highest_scores": population.highest_scores,
            "policy_importance": dict(main.size_measure.policy_importance),
            # The size measure is divided by its own total: nothing is left to sum.
            "size_measure_total": 1.0,
            "uniform_share": design.uniform_share,
            "measure_shares": dict(design.measure_shares),
            "threshold": _or_none(thresholds[MAIN_DRAW][population.stratum].inside),
            "draws": _draws(population.stratum, plans, thresholds, sizes),
            "weight_bounds": weight_bounds(population.stratum, plans, thresholds),
            "target_sample_size": main.draw.sample_sizes[population.stratum],
            "sample_size": sizes.get(population.stratum, {}).get("", 0),
            "seed": design.seed,
            "random_number_key": design.random_number_key,
            "segment_totals": [tuple(asdict(total).values()) for total in population.segment_totals],
            "scorer_version": population.scorer_version,
        }
        for population in populations
    ]


def weight_bounds(stratum: str, plans: Sequence[DrawPlan], thresholds: SelectedThresholds) -> dict[str, float]:
    """Measure -> the largest exposure / p that a unit of the stratum can have.

    A unit with size w has p >= min(1, w t) in every draw, t the draw's threshold for units outside (the smaller one:
    it is the threshold that a unit not drawn would have met). So, with maxima over ALL units of the stratum,

        x/p <= max(x, min_d x/(w_d t_d)) <= max(max_U x, min_d max_U (x/w_d) / t_d),

    for one draw an equality. As w >= δ m with m the exposure mixture Σ_j β_j x_j/X_j, it is at most 1/δ times the
    bound of exposure-proportional sampling, and max_U (x_j/w) <= X_j / (δ β_j), whatever the scores say.
    A stratum that is taken whole has p = 1, and the bound is its largest exposure.
    """
    profiles = [plan.draw.profiles[stratum] for plan in plans]
    outside = [thresholds[plan.draw.name][stratum].outside for plan in plans]
    return {
        measure: max(
            largest,
            min(p.largest_ratios[measure] / t for p, t in zip(profiles, outside, strict=True) if t > 0),
        )
        for measure, largest in profiles[0].largest_exposures.items()
    }


def _draws(
    stratum: str, plans: Sequence[DrawPlan], thresholds: SelectedThresholds, sizes: Mapping[str, Mapping[str, int]]
) -> list[tuple[Any, ...]]:
    rows = []
    for plan in plans:
        name, threshold = plan.draw.name, thresholds[plan.draw.name][stratum]
        rows.append(
            (
                name,
                dict(plan.size_measure.policy_importance),
                plan.draw.sample_sizes[stratum],
                sizes.get(stratum, {}).get(name, 0),
                _or_none(threshold.inside),
                _or_none(threshold.outside),
                dict(plan.size_measure.score_spread_totals.get(stratum, {})),
            )
        )
    return rows


def _or_none(threshold: float) -> float | None:
    return None if math.isinf(threshold) else threshold
