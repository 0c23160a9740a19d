"""Known totals of a day's population: one narrow pass over the scored units, reduced to a few numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.sampling.exact_sum import exact_sum
from lib.sampling.exposure import exposure
from lib.sampling.strata import EVERYTHING


@dataclass(frozen=True)
class SegmentTotal:
    """Known totals of one segment value within a stratum, for one measure."""

    segment: str
    segment_value: str
    measure: str
    population_size: int
    exposure_total: float
    score_totals: dict[str, float]


@dataclass(frozen=True)
class StratumPopulation:
    """Known totals of one stratum; a policy that no unit has a score for is absent from the score figures."""

    stratum: str
    population_size: int
    scorer_version: str
    exposure_totals: dict[str, float]
    score_totals: dict[str, dict[str, float]]
    n_missing_scores: dict[str, int]
    highest_scores: dict[str, float]
    segment_totals: tuple[SegmentTotal, ...]


def population_cells(
    units: DataFrame, *, measures: Sequence[str], segments: Sequence[str], policies: Sequence[str]
) -> DataFrame:
    """Totals of every cell (stratum x scorer x segment values), the finest grain needed: small whatever the population.

    `units` has stratum, scores, scorer_version and the segment columns. Sums are exact: the same for any partitioning.
    """
    totals: list[Column] = [F.count(F.lit(1)).alias("population_size")]
    totals += [F.sum(exposure(measure)).alias(f"exposure|{measure}") for measure in measures]
    for policy in policies:
        score = F.col("scores")[policy]
        totals.append(F.max(score).alias(f"highest|{policy}"))
        totals.append(F.count_if(score.isNull()).alias(f"missing|{policy}"))
        for measure in measures:
            times = exposure(measure)
            unscored = F.sum(F.when(score.isNull(), times).otherwise(0))
            totals += [
                exact_sum(score, times=times).alias(f"score|{measure}|{policy}"),
                unscored.alias(f"unscored|{measure}|{policy}"),
            ]
    # The scorer's version is a key although a day has one: the maximum of a text would sort the population first.
    segment_keys = [F.col(name).alias(f"segment|{name}") for name in segments]
    return units.groupBy("stratum", "scorer_version", *segment_keys).agg(*totals)


def stratum_populations(
    cells: Sequence[Row], *, measures: Sequence[str], segments: Sequence[str], policies: Sequence[str]
) -> list[StratumPopulation]:
    """Sum the collected `population_cells` to strata, sorted by name; missing scores count as the stratum's highest."""
    names = sorted({cell["stratum"] for cell in cells})
    return [
        _stratum_population(name, [cell for cell in cells if cell["stratum"] == name], measures, segments, policies)
        for name in names
    ]


def _stratum_population(
    name: str, cells: Sequence[Row], measures: Sequence[str], segments: Sequence[str], policies: Sequence[str]
) -> StratumPopulation:
    highest = {
        policy: max(cell[f"highest|{policy}"] for cell in cells if cell[f"highest|{policy}"] is not None)
        for policy in policies
        if any(cell[f"highest|{policy}"] is not None for cell in cells)
    }

    def total(chosen: Sequence[Row], measure: str, segment: str, value: str) -> SegmentTotal:
        return SegmentTotal(
            segment=segment,
            segment_value=value,
            measure=measure,
            population_size=sum(cell["population_size"] for cell in chosen),
            exposure_total=float(sum(cell[f"exposure|{measure}"] for cell in chosen)),
            score_totals={
                policy: sum(
                    cell[f"score|{measure}|{policy}"] + score * cell[f"unscored|{measure}|{policy}"]
                    for cell in sorted(chosen, key=_cell_order)
                )
                for policy, score in highest.items()
            },
        )

    overall = {measure: total(cells, measure, EVERYTHING, EVERYTHING) for measure in measures}
    by_segment = [
        total([cell for cell in cells if cell[f"segment|{segment}"] == value], measure, segment, value)
        for segment in segments
        for value in sorted({cell[f"segment|{segment}"] for cell in cells})
        for measure in measures
    ]
    return StratumPopulation(
        stratum=name,
        population_size=sum(cell["population_size"] for cell in cells),
        scorer_version=max(cell["scorer_version"] for cell in cells),
        exposure_totals={measure: overall[measure].exposure_total for measure in measures},
        score_totals={measure: overall[measure].score_totals for measure in measures},
        n_missing_scores={policy: sum(cell[f"missing|{policy}"] for cell in cells) for policy in policies},
        highest_scores=highest,
        segment_totals=(*overall.values(), *by_segment),
    )


def _cell_order(cell: Row) -> list[str]:
    segments = [str(value) for name, value in sorted(cell.asDict().items()) if name.startswith("segment|")]
    return [cell["scorer_version"], *segments]
