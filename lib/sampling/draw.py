"""Draws the sample of one design on one day: totals, size measure, allocation, selection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.sampling.exposure import exposure
from lib.sampling.frame_rows import drawn_sizes, frame_rows
from lib.sampling.planned_population import PlannedPopulation
from lib.sampling.selection import MAIN_DRAW, PlannedDraw, Selection, bottom_k, poisson, size_column
from lib.sampling.size_measure import known_scores
from schemas.contracts.sampling_design import SamplingDesign


@dataclass(frozen=True)
class Draw:
    """Drawn units (columns of `samples` without ds and run), and one record of the frame per stratum."""

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
    planned = PlannedPopulation.of(unit_scores, design=design, policies=policies, measures=measures, segments=segments)
    plans = planned.plans
    selection = _select(planned.units, [plan.draw for plan in plans], design)
    units = sample_columns(
        selection.units, design_id=design.design_id, measures=planned.measures, segments=segments
    ).persist()
    sizes = drawn_sizes(units, [plan.draw.name for plan in plans])
    frame = frame_rows(planned.populations, plans, design=design, thresholds=selection.thresholds, sizes=sizes)
    return Draw(units, frame, cached=(*selection.cached, units))


def _select(sized: DataFrame, draws: Sequence[PlannedDraw], design: SamplingDesign) -> Selection:
    if design.method == "poisson":
        return poisson(sized, draws, seed=design.seed, key=design.random_number_key)
    return bottom_k(sized, draws, seed=design.seed)


def sample_columns(drawn: DataFrame, *, design_id: str, measures: Sequence[str], segments: Sequence[str]) -> DataFrame:
    """The columns of `samples` but ds and job_run_id, of a Selection's units with stratum and the exposure columns."""
    exposures = [literal for m in measures for literal in (F.lit(m), exposure(m).cast("double"))]
    segment_values = [literal for name in segments for literal in (F.lit(name), F.col(name))]
    return drawn.select(
        F.lit(design_id).alias("design_id"),
        "unit_id",
        "user_key",
        "stratum",
        "prn",
        F.col(size_column(MAIN_DRAW)).alias("size_measure"),
        "size_measures",
        "draws",
        "inclusion_probability",
        F.create_map(*exposures).alias("exposures"),
        known_scores(F.col("scores")).alias("scores"),
        "component_scores",
        F.create_map(*segment_values).cast("map<string,string>").alias("segments"),
        "scorer_version",
    )
