"""The cells of moments: segments by the verdict on the unit, and the whole stratum by violating component as well.

The label of component c is y·1[c is among the violating components], that of its complement y minus it. With both and
the unit's own row, the moments of any α·y_c + β·y follow (lib/estimation/components.py).
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.contracts.moment_names import COMPLEMENT_PREFIX, COMPONENTS, RUNG_VARIABLES, UNIT

EVERYTHING = "all"
CELL = ("stratum", "policy", "measure", "segment", "segment_value", "component")
_COMPONENT_CELLS = [name for component in COMPONENTS for name in (component, COMPLEMENT_PREFIX + component)]
# Units that nobody finds violating count alike for every component: they are summed once, and added to each.
_HARMLESS = "harmless"


def with_components(cells: DataFrame) -> DataFrame:
    """`cells` with a column component: `unit`, and for segment `all` a row for each component and its complement."""
    names = F.when(F.col("segment") == EVERYTHING, _array([UNIT, *_COMPONENT_CELLS])).otherwise(_array([UNIT]))
    return cells.withColumn("component", F.explode(names))


def component_labels(rows: DataFrame, *, measures: Sequence[str]) -> DataFrame:
    """One row per unit, policy, measure, segment and component, with exposure x and label_a of the component.

    Units that are harmless on every rung have one row for all components: `spread_over_components` adds their sums.
    """
    everything = F.create_map(F.lit(EVERYTHING), F.lit(EVERYTHING))
    labels = [F.coalesce(F.col(f"label_{rung}"), F.lit(0.0)) for rung in RUNG_VARIABLES]
    by_component = F.when(F.greatest(*labels) > 0, _array([UNIT, *_COMPONENT_CELLS])).otherwise(
        _array([UNIT, _HARMLESS])
    )
    with_measure = rows.select("*", F.explode(F.array(*[F.lit(m) for m in measures])).alias("measure"))
    with_exposure = with_measure.withColumn("exposure", F.col("exposures")[F.col("measure")])
    segmented = with_exposure.select(
        "*", F.explode(F.map_concat(everything, "segments")).alias("segment", "segment_value")
    )
    cells = F.when(F.col("segment") == EVERYTHING, by_component).otherwise(_array([UNIT]))
    exploded = segmented.withColumn("component", F.explode(cells))
    return exploded.withColumns({f"label_{rung}": _label(rung) for rung in RUNG_VARIABLES})


def spread_over_components(moments: DataFrame, names: Sequence[str]) -> DataFrame:
    """Add the sums `names` of harmless units to every component of their cell."""
    is_harmless = F.col("component") == _HARMLESS
    cells = F.when(is_harmless, _array(_COMPONENT_CELLS)).otherwise(F.array("component"))
    spread = moments.withColumn("component", F.explode(cells))
    return spread.groupBy(*CELL).agg(*[F.sum(name).alias(name) for name in names])


def _label(rung: int) -> Column:
    """y, y·1[component] or y·1[not component]; null off the rung."""
    label, component = F.col(f"label_{rung}"), F.col("component")
    base = F.regexp_replace("component", f"^{COMPLEMENT_PREFIX}", "")
    of_component = F.when(F.array_contains(F.col(f"components_{rung}"), base), label).otherwise(label * 0)
    of_complement = label - of_component
    return (
        F.when(component.isin(UNIT, _HARMLESS), label)
        .when(component.startswith(COMPLEMENT_PREFIX), of_complement)
        .otherwise(of_component)
    )


def _array(names: Sequence[str]) -> Column:
    return F.array(*[F.lit(name) for name in names])
