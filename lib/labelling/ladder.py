"""The label ladder: what is known of a unit when it may climb to the next rung."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def on_first_rung(samples: DataFrame) -> DataFrame:
    """All sampled units: each is on the first rung, with rung_probability 1."""
    return samples.withColumn("rung_probability", F.lit(1.0))


def labelled_so_far(samples: DataFrame, labels: DataFrame, *, rungs: Sequence[str]) -> DataFrame:
    """The sampled units that have labels on the last of `rungs`, the ladder climbed so far, lowest rung first.

    `labels` has one row per unit, policy and rung. Returns the columns of `samples`, and: probability P of having come
    this far (inclusion probability times the probabilities of all rungs), verdicts: policy to the last rung's verdict.
    """
    climbed = F.lit(1.0)
    for rung in rungs:
        climbed = climbed * F.max(F.when(F.col("rung") == rung, F.col("rung_probability")))
    on_last = F.when(F.col("rung") == rungs[-1], F.struct("policy", "verdict"))
    by_unit = labels.groupBy("unit_id").agg(
        climbed.alias("climbed"), F.map_from_entries(F.collect_list(on_last)).alias("verdicts")
    )
    joined = samples.join(by_unit.where(F.col("climbed").isNotNull()), "unit_id")
    return joined.select(
        *samples.columns, (F.col("inclusion_probability") * F.col("climbed")).alias("probability"), "verdicts"
    )
