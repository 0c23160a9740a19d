"""Brings a day's sampling frame to the driver: a bounded number of its units, with the size measures of the draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from lib.audit.population import FloatArray
from lib.audit.virtual_draws import StratumDraws
from lib.audit.virtual_frame import VirtualFrame
from lib.audit.virtual_ladder import UNSCORED
from lib.sampling.bounded_shares import bounded_shares
from lib.sampling.exposure import exposure
from lib.sampling.pooled_groups import OTHER, with_pooled_groups
from lib.sampling.population import StratumPopulation, population_cells, stratum_populations
from lib.sampling.selection import permanent_random_number, size_column
from lib.sampling.size_measure import SizeMeasure, impute_scores, score_spread_totals
from lib.sampling.strata import by_stratum, stratum
from schemas.contracts.sampling_design import SamplingDesign
from schemas.errors import ConfigurationError, MissingInputError

_STREAM = "/audit"


@dataclass(frozen=True)
class StoredFrame:
    """One design's rows of `sampling_frame` for one day, in the order of the strata."""

    rows: Sequence[Row]

    @classmethod
    def of(cls, frame: DataFrame, *, design: SamplingDesign) -> "StoredFrame":
        """Collect the rows; raises MissingInputError without any, ConfigurationError for a design that draws people."""
        if design.random_number_key != "unit_id":
            raise ConfigurationError(
                f"Design `{design.name}`: field `random_number_key` is `{design.random_number_key}`; units of a person "
                "are drawn together, and the audit draws units one by one. Audit a design with `unit_id`."
            )
        rows = frame.orderBy("stratum").collect()
        if not rows:
            raise MissingInputError(
                f"Table `sampling_frame`: the day has no row of design `{design.design_id}`; run draw_sample for it."
            )
        return cls(rows)

    @property
    def measures(self) -> list[str]:
        """Every measure with an exposure total, sorted."""
        return sorted(self.rows[0]["exposure_totals"])

    @property
    def method(self) -> str:
        """Method of the draws: poisson or bottom_k."""
        return str(self.rows[0]["method"])

    @property
    def policy_importance(self) -> dict[str, float]:
        """Policy to its weight in the main draw."""
        return dict(sorted(self.rows[0]["policy_importance"].items()))

    @property
    def scorer_version(self) -> str:
        """The scorer behind the frame."""
        return max(str(row["scorer_version"]) for row in self.rows)

    def strata(self) -> dict[str, StratumDraws]:
        """Stratum to what was drawn there."""
        return {
            row["stratum"]: StratumDraws(
                sample_sizes={draw["draw"]: draw["target_sample_size"] for draw in row["draws"]},
                thresholds={
                    draw["draw"]: np.inf if draw["threshold"] is None else draw["threshold"] for draw in row["draws"]
                },
            )
            for row in self.rows
        }

    def weight_bounds(self, rung_bounds: Mapping[str, float]) -> dict[str, float]:
        """Measure to the largest exposure / P that the design and its rungs allow in any stratum."""
        return {
            measure: max(bound, *(row["weight_bounds"][measure] for row in self.rows))
            for measure, bound in rung_bounds.items()
        }

    def size_measures(
        self, scored: DataFrame, populations: Sequence[StratumPopulation], policies: Sequence[str]
    ) -> dict[str, SizeMeasure]:
        """Draw to the size measure it was made with; one pass over `scored` if that rests on scores."""
        first = self.rows[0]
        importances = {
            draw["draw"]: {policy: draw["policy_importance"].get(policy, 0.0) for policy in policies}
            for draw in first["draws"]
        }
        shares = dict(first["measure_shares"])
        spreads = {}
        if first["size_measure_rule"] == "score_and_exposure":
            spreads = score_spread_totals(scored, importances=importances, measures=list(shares))
        return {
            name: SizeMeasure(
                uniform_share=first["uniform_share"],
                measure_shares=shares,
                policy_importance=importance,
                populations=populations,
                score_spread_totals=spreads.get(name, {}),
            )
            for name, importance in importances.items()
        }


def virtual_frame(
    unit_scores: DataFrame,
    stored: StoredFrame,
    *,
    design: SamplingDesign,
    policies: Sequence[str],
    maximum_units: int,
    random: Generator,
) -> VirtualFrame:
    """Return the day's frame as at most about `maximum_units` units with copies.

    A stratum of N units that has a share of M < N of them gives each unit i a place with π_i = min(1, M(1/N + w̄_i)/2),
    w̄ its mean size measure over the draws: by a filter on a stream of random numbers of its own. The unit then stands
    for 1/π_i units, rounded up or down by chance: copies of small units are many, and a unit that the design is likely
    to take (w̄ >= 2/M) stands for itself alone. A stratum with N <= M is taken as it is.

    Args:
        unit_scores: the day's rows
        stored: the frame that was drawn from
        design: whose strata they are
        policies: every policy
        maximum_units: units over all strata, in equal shares as far as they have so many
        random: source of randomness for the rounding

    Returns:
        the frame

    Raises:
        MissingInputError: the scores are not those the frame was drawn from
    """
    measures = stored.measures
    population = unit_scores.withColumn("stratum", stratum(design.strata))
    names = [row["stratum"] for row in stored.rows]
    if OTHER in names:
        population = with_pooled_groups(population, {"stratum": names})
    cells = population_cells(population, measures=measures, segments=[], policies=policies).collect()
    populations = stratum_populations(cells, measures=measures, segments=[], policies=policies)
    _require_same_population(populations, stored)
    scored = population.withColumns({"own_scores": F.col("scores"), "scores": impute_scores(populations, policies)})
    size_measures = stored.size_measures(scored, populations, policies)
    sized = scored.withColumns({size_column(name): measure.column() for name, measure in size_measures.items()})
    mean_size = sum((F.col(size_column(name)) for name in size_measures), F.lit(0.0)) / F.lit(float(len(size_measures)))
    sizes = {p.stratum: float(p.population_size) for p in populations}
    chance = F.least(F.lit(1.0), by_stratum(_places(sizes, maximum_units)) * (1 / by_stratum(sizes) + mean_size) / 2)
    chosen = sized.withColumn("chance", chance).where(permanent_random_number(design.seed, _STREAM) < F.col("chance"))
    table = chosen.select(
        "unit_id",
        "stratum",
        "chance",
        *[size_column(name) for name in size_measures],
        *[exposure(m).cast("double").alias(f"exposure|{m}") for m in measures],
        *[F.col("own_scores")[k].alias(f"score|{k}") for k in policies],
    ).toPandas()
    in_order = table.sort_values("unit_id", ignore_index=True)
    weight = 1.0 / in_order["chance"].to_numpy(dtype=np.float64)
    copies = np.floor(weight + random.random(weight.size)).astype(np.int64)
    highest = {k: {p.stratum: p.highest_scores.get(k, np.nan) for p in populations} for k in policies}
    scores = {k: _numbers(in_order, f"score|{k}") for k in policies}
    return VirtualFrame(
        stratum=in_order["stratum"].to_numpy(dtype=object),
        copies=copies,
        exposures={m: _numbers(in_order, f"exposure|{m}") for m in measures},
        size_measures={name: _numbers(in_order, size_column(name)) for name in size_measures},
        scores={k: _filled(score, in_order["stratum"].map(highest[k])) for k, score in scores.items()},
        risks={k: _filled(score, _mean_scores(score, in_order["stratum"], copies)) for k, score in scores.items()},
    )


def _places(sizes: Mapping[str, float], maximum_units: int) -> dict[str, float]:
    """Stratum to the factor M of its chances; where all units have a place, one that makes every chance 1."""
    population = np.array(list(sizes.values()))
    if population.sum() <= maximum_units:
        return {name: 2.0 * size for name, size in sizes.items()}
    shares = bounded_shares(maximum_units, np.ones_like(population), np.zeros_like(population), population)
    return {
        name: share if share < size else 2.0 * size for (name, size), share in zip(sizes.items(), shares, strict=True)
    }


def _require_same_population(populations: Sequence[StratumPopulation], stored: StoredFrame) -> None:
    found = {p.stratum: p.population_size for p in populations}
    drawn = {row["stratum"]: row["population_size"] for row in stored.rows}
    if found != drawn:
        raise MissingInputError(
            f"Table `unit_scores` has units {found} by stratum, and design `{stored.rows[0]['design_id']}` was drawn "
            f"from {drawn}; run draw_sample again for the day."
        )


def _numbers(table: pd.DataFrame, column: str) -> FloatArray:
    return table[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _filled(score: FloatArray, otherwise: "pd.Series[float]") -> FloatArray:
    return np.where(np.isnan(score), otherwise.to_numpy(dtype=np.float64), score)


def _mean_scores(score: FloatArray, strata: "pd.Series[str]", copies: np.ndarray) -> "pd.Series[float]":
    """The mean score of the unit's stratum: what a unit without one is taken to violate with; a prior without any."""
    known = pd.DataFrame({"stratum": strata, "score": score * copies, "weight": copies})[~np.isnan(score)]
    totals = known.groupby("stratum")[["score", "weight"]].sum()
    return strata.map(totals["score"] / totals["weight"]).fillna(UNSCORED)
