"""Violating sampled units to look at, by id alone."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.labels import RUNGS


def violating_units(
    samples: DataFrame, verdicts: DataFrame, *, segment: str, segment_value: str, n_units: int
) -> DataFrame:
    """The units of a segment that violate by the verdict on their highest rung, those that stand for most first.

    `samples` has rows of the table, `verdicts` of `drawn_labels`, of one policy. Returns unit_id, at most `n_units`.
    """
    height = F.array_position(F.array(*[F.lit(rung) for rung in RUNGS]), F.col("rung"))
    known = verdicts.where(F.col("verdict") != "cannot_tell")
    highest = known.groupBy("ds", "unit_id").agg(F.max_by("verdict", height).alias("verdict"))
    is_in = F.lit(True) if segment == "all" else F.col("segments")[segment] == segment_value
    drawn = samples.where(is_in).select("ds", "unit_id", "inclusion_probability")
    found = highest.where(F.col("verdict") == "violating").join(drawn, ["ds", "unit_id"])
    return found.orderBy("inclusion_probability", "unit_id").limit(n_units).select("unit_id")
