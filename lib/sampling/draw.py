"""Draws the sample of one design on one day: totals, size measure, allocation, selection."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.sampling.allocation import allocate
from lib.sampling.exposure import exposure
from lib.sampling.population import StratumPopulation, population_cells, stratum_populations
from lib.sampling.selection import Selection, bottom_k, poisson
from lib.sampling.size_measure import SizeMeasure, impute_scores, policy_importance, score_spread_totals
from lib.sampling.strata import stratum
from schemas.contracts.sampling_design import SamplingDesign


@dataclass(frozen=True)
class Draw:
    """Drawn units (columns of `samples` without content, ds and run), and one record of the frame per stratum."""

    units: DataFrame
    frame: list[dict[str, Any]]
    cached: tuple[DataFrame, ...]

    def release(self) -> None:
        """Free what was cached, once the units are written."""
        for frame in self.cached:
            frame.unpersist()


@dataclass(frozen=True)
class FrameTotals:
    """What later draws need of a stored frame: the day's exposure per measure, and a_k per policy."""

    exposure_totals: dict[str, float]
    policy_importance: dict[str, float]

    @classmethod
    def of(cls, frame: DataFrame) -> "FrameTotals":
        """Sum one design's rows of `sampling_frame`, one a stratum, to the day."""
        rows = frame.select("stratum", "exposure_totals", "policy_importance").orderBy("stratum").collect()
        measures = sorted(rows[0]["exposure_totals"])
        return cls(
            exposure_totals={m: sum(row["exposure_totals"][m] for row in rows) for m in measures},
            policy_importance=dict(sorted(rows[0]["policy_importance"].items())),
        )


def draw_sample(
    unit_scores: DataFrame,
    *,
    design: SamplingDesign,
    policies: Sequence[str],
    measures: Sequence[str],
    segments: Sequence[str],
) -> Draw:
    """Draw one day's sample; `unit_scores` has the day's rows of that table.

    Reads the population a few times in narrow columns and never shuffles or sorts it.
    Raises ConfigurationError if the budget does not fit the population.
    """
    all_measures = sorted({*measures, *design.measure_shares})
    population = unit_scores.withColumn("stratum", stratum(design.strata))
    cells = population_cells(population, measures=all_measures, segments=segments, policies=policies).collect()
    populations = stratum_populations(cells, measures=all_measures, segments=segments, policies=policies)
    scored = population.withColumn("scores", impute_scores(populations, policies))
    size_measure = _size_measure(scored, populations, design, policies)
    sizes = {p.stratum: p.population_size for p in populations}
    budget = allocate(
        design.sample_size,
        population_sizes=sizes,
        stratum_sizes=_stratum_sizes(design, size_measure, populations),
        minimum_stratum_size=design.minimum_stratum_size,
        design_name=design.name,
    )
    select = {"bottom_k": bottom_k, "poisson": poisson}[design.method]
    sized = scored.withColumn("size_measure", size_measure.column())
    selection = select(sized, sample_sizes=budget, population_sizes=sizes, seed=design.seed)
    units = _sample_columns(selection.units, design, all_measures, segments).persist()
    frame = _frame(populations, size_measure, design, budget, selection, _drawn_sizes(units))
    return Draw(units, frame, cached=(*selection.cached, units))


def _size_measure(
    scored: DataFrame, populations: Sequence[StratumPopulation], design: SamplingDesign, policies: Sequence[str]
) -> SizeMeasure:
    importance = policy_importance(populations, policies=policies, rule=design.policy_importance)
    measures = list(design.measure_shares)
    has_scores = any(p.highest_scores for p in populations)
    spreads = score_spread_totals(scored, importance=importance, measures=measures).collect() if has_scores else []
    return SizeMeasure(
        uniform_share=design.uniform_share,
        measure_shares=dict(design.measure_shares.items()),
        policy_importance=importance,
        populations=populations,
        score_spread_totals={row["stratum"]: {m: row[m] for m in measures} for row in spreads},
    )


def _stratum_sizes(
    design: SamplingDesign, size_measure: SizeMeasure, populations: Sequence[StratumPopulation]
) -> Mapping[str, float]:
    """What the budget is proportional to."""
    if design.allocation == "equal":
        return {p.stratum: 1.0 for p in populations}
    if design.allocation == "proportional":
        return {p.stratum: float(p.population_size) for p in populations}
    return size_measure.stratum_sizes()


def _sample_columns(
    drawn: DataFrame, design: SamplingDesign, measures: Sequence[str], segments: Sequence[str]
) -> DataFrame:
    exposures = [literal for m in measures for literal in (F.lit(m), exposure(m).cast("double"))]
    segment_values = [literal for name in segments for literal in (F.lit(name), F.col(name))]
    return drawn.select(
        F.lit(design.design_id).alias("design_id"),
        "unit_id",
        "stratum",
        "prn",
        "size_measure",
        "inclusion_probability",
        F.create_map(*exposures).alias("exposures"),
        "scores",
        "component_scores",
        F.create_map(*segment_values).cast("map<string,string>").alias("segments"),
        "scorer_version",
    )


def _drawn_sizes(units: DataFrame) -> dict[str, int]:
    return {row["stratum"]: row["count"] for row in units.groupBy("stratum").count().collect()}


def _frame(
    populations: Sequence[StratumPopulation],
    size_measure: SizeMeasure,
    design: SamplingDesign,
    budget: Mapping[str, int],
    selection: Selection,
    drawn_sizes: Mapping[str, int],
) -> list[dict[str, Any]]:
    return [
        {
            "design_id": design.design_id,
            "stratum": population.stratum,
            "method": design.method,
            "size_measure_rule": size_measure.rule,
            "population_size": population.population_size,
            "exposure_totals": population.exposure_totals,
            "score_totals": population.score_totals,
            "n_missing_scores": population.n_missing_scores,
            "policy_importance": dict(size_measure.policy_importance),
            # The size measure is divided by its own total: nothing is left to sum.
            "size_measure_total": 1.0,
            "uniform_share": design.uniform_share,
            "measure_shares": dict(design.measure_shares),
            "threshold": selection.thresholds[population.stratum],
            "target_sample_size": budget[population.stratum],
            "sample_size": drawn_sizes.get(population.stratum, 0),
            "seed": design.seed,
            "segment_totals": [tuple(asdict(total).values()) for total in population.segment_totals],
            "scorer_version": population.scorer_version,
        }
        for population in populations
    ]
