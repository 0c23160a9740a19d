"""Draws units as they come, by the size measures and thresholds of a frame that was drawn before they existed.

Both are constants then: p_i = min(1, max_d w_di t_di) depends on the unit alone, not on the other units of its day, and
Poisson sampling with these p_i is exact whatever the day turns out to be. What changes with the day is the number of
units drawn. The random numbers are those of the frame's design: a draw of the whole day by the same design, with its
own thresholds, has as many units in common with this one as two draws with these probabilities can have.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.sampling.draw import sample_columns
from lib.sampling.pooled_groups import OTHER, STRATUM, with_pooled_groups
from lib.sampling.population import StratumPopulation
from lib.sampling.selection import Thresholds, below_thresholds, size_column
from lib.sampling.size_measure import SizeMeasure, impute_scores
from lib.sampling.strata import EVERYTHING, stratum
from schemas.contracts.sampling_design import SamplingDesign


@dataclass(frozen=True)
class EarlierFrame:
    """One design's rows of `sampling_frame` for one day, all of them, in the order of the strata."""

    rows: Sequence[Row]

    @classmethod
    def of(cls, frame: DataFrame) -> "EarlierFrame":
        """Collect the rows of one design and day, one a stratum."""
        return cls(frame.orderBy("stratum").collect())

    @property
    def scorer_version(self) -> str:
        """The scorer whose scores its size measures rest on."""
        return max(str(row["scorer_version"]) for row in self.rows)

    @property
    def policies(self) -> list[str]:
        """The policies that its size measures weigh, sorted."""
        return sorted(self.rows[0]["policy_importance"])

    @cached_property
    def size_measures(self) -> dict[str, SizeMeasure]:
        """Draw to the size measure that it was drawn with; the main draw is the first."""
        first = self.rows[0]
        return {
            draw["draw"]: SizeMeasure(
                uniform_share=first["uniform_share"],
                measure_shares=dict(first["measure_shares"]),
                # In the order of the first draw: floating-point sums depend on it.
                policy_importance={policy: draw["policy_importance"].get(policy, 0.0) for policy in self.policies},
                populations=self.populations,
                score_spread_totals=self._score_spread_totals(draw["draw"]),
            )
            for draw in first["draws"]
        }

    @cached_property
    def populations(self) -> list[StratumPopulation]:
        """What its size measures need to know of the population that it was drawn from, by stratum."""
        return [
            StratumPopulation(
                stratum=row["stratum"],
                population_size=row["population_size"],
                scorer_version=row["scorer_version"],
                exposure_totals=dict(row["exposure_totals"]),
                score_totals={measure: dict(totals) for measure, totals in row["score_totals"].items()},
                n_missing_scores=dict(row["n_missing_scores"]),
                highest_scores=dict(row["highest_scores"]),
                segment_totals=(),
            )
            for row in self.rows
        ]

    @cached_property
    def thresholds(self) -> dict[str, dict[str, Thresholds]]:
        """Draw to stratum to its threshold t: of a bottom-k draw that of the units inside."""
        names = list(self.size_measures)
        return {name: {row["stratum"]: _constant(_threshold(row, name)) for row in self.rows} for name in names}

    def covers(self, design: SamplingDesign) -> Column:
        """Whether the frame knows the stratum of a unit with the columns of interaction_units."""
        names = self._known(STRATUM)
        return F.lit(True) if OTHER in names else stratum(design.strata).isin(names)

    def sized(self, unit_scores: DataFrame, *, design: SamplingDesign, segments: Sequence[str]) -> DataFrame:
        """`unit_scores` with stratum, imputed scores and a size measure a draw, as the frame's own units had them.

        A stratum that the frame does not know, and that it did not pool as `other`, has no size measure: null.
        """
        units = unit_scores.withColumn(STRATUM, stratum(design.strata))
        kept = {name: values for name in (STRATUM, *segments) if OTHER in (values := self._known(name))}
        pooled = with_pooled_groups(units, kept) if kept else units
        scored = pooled.withColumn("scores", impute_scores(self.populations, self.policies))
        return scored.withColumns({size_column(name): size.column() for name, size in self.size_measures.items()})

    def drawn(self, sized: DataFrame, *, design: SamplingDesign, segments: Sequence[str]) -> DataFrame:
        """The units of `sized` that are drawn: columns of `samples` but ds and job_run_id, under `design`'s id."""
        selection = below_thresholds(sized, self.thresholds, seed=design.seed, key=design.random_number_key)
        measures = sorted(self.rows[0]["exposure_totals"])
        return sample_columns(selection.units, design_id=design.design_id, measures=measures, segments=segments)

    def _known(self, column: str) -> list[str]:
        if column == STRATUM:
            return [row["stratum"] for row in self.rows]
        totals = [total for row in self.rows for total in row["segment_totals"] if total["segment"] == column]
        return sorted({total["segment_value"] for total in totals} - {EVERYTHING})

    def _score_spread_totals(self, draw: str) -> dict[str, dict[str, float]]:
        spreads = {row["stratum"]: dict(_draw(row, draw)["score_spread_totals"]) for row in self.rows}
        return spreads if any(spreads.values()) else {}


def _draw(row: Row, name: str) -> Row:
    draws: list[Row] = row["draws"]
    return next(draw for draw in draws if draw["draw"] == name)


def _threshold(row: Row, draw: str) -> float:
    threshold = _draw(row, draw)["threshold"]
    return math.inf if threshold is None else float(threshold)


def _constant(threshold: float) -> Thresholds:
    return Thresholds(threshold, threshold)
