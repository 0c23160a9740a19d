"""Bounds the number of strata and of segment values of a day: whoever writes the logs invents as many as they like.

Each stratum and each value is a row of the frame, a part of the plan and a series of numbers. Beyond what the design
bears, the smallest become one, `other`: a partition of the population that is fixed before the draw, so no probability
and no estimate is wrong, only less detailed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from schemas.contracts.sampling_design import SamplingDesign

OTHER = "other"
STRATUM = "stratum"

Sizes = Mapping[str, Mapping[str, int]]


def kept_groups(sizes: Sizes, design: SamplingDesign) -> dict[str, list[str]]:
    """Of each column the values that are told apart, the largest; a column all of whose values are is absent.

    `sizes` is column (stratum, or a segment) -> value -> units. Strata are kept as long as the budget bears their
    minima; those that a boost names come first.
    """
    named = {name for boost in design.boosts for name in boost.strata}
    kept = {}
    for column, units in sizes.items():
        most = _most_strata(units, design) if column == STRATUM else design.maximum_groups
        if len(units) > most:
            in_order = sorted(units, key=lambda value: (column != STRATUM or value not in named, -units[value], value))
            kept[column] = in_order[: most - 1]
    return kept


def with_pooled_groups(units: DataFrame, kept: Mapping[str, Sequence[str]]) -> DataFrame:
    """`units` with `other` for every value of the columns in `kept` that is not listed there."""
    return units.withColumns(
        {name: F.when(F.col(name).isin(list(values)), F.col(name)).otherwise(OTHER) for name, values in kept.items()}
    )


def sizes_of_cells(cells: Sequence[Row], segments: Sequence[str]) -> dict[str, Counter[str]]:
    """Units by value of the stratum and of each segment, from all `population_cells`."""
    names = {STRATUM: STRATUM} | {segment: f"segment|{segment}" for segment in segments}
    sizes: dict[str, Counter[str]] = {column: Counter() for column in names}
    for cell in cells:
        for column, name in names.items():
            sizes[column][cell[name]] += cell["population_size"]
    return sizes


def largest_groups(units: DataFrame, segments: Sequence[str], *, most: int) -> dict[str, dict[str, int]]:
    """As `sizes_of_cells`, of the `most` largest values, where there are too many cells to look at each."""
    columns = [STRATUM, *segments]
    pairs = [F.struct(F.lit(name).alias("column"), F.col(name).alias("value")) for name in columns]
    counted = units.select(F.inline(F.array(*pairs))).groupBy("column", "value").count()
    by_size = Window.partitionBy("column").orderBy(F.desc("count"), "value")
    largest = counted.withColumn("place", F.row_number().over(by_size)).where(F.col("place") <= most)
    sizes: dict[str, dict[str, int]] = {name: {} for name in columns}
    for row in largest.collect():
        sizes[row["column"]][row["value"]] = row["count"]
    return sizes


def _most_strata(units: Mapping[str, int], design: SamplingDesign) -> int:
    """As many as the design tells apart, if every budget over all strata bears their minima, that of `other` too."""
    sizes, minimum = sorted(units.values(), reverse=True), design.minimum_stratum_size
    budget = min([design.sample_size, *[boost.sample_size for boost in design.boosts if not boost.strata]])
    if len(sizes) > design.maximum_groups:
        sizes = [*sizes[: design.maximum_groups - 1], minimum]
    if sum(min(size, minimum) for size in sizes) <= budget:
        return design.maximum_groups
    return min(design.maximum_groups, max(1, budget // minimum))
