"""Which units of a rung are likely violations, by what is known before a person looks."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def with_likely_violations(units: DataFrame, labels_below: DataFrame, *, likely_positive_score: float) -> DataFrame:
    """`units` with is_likely: a rung below found a violation of any policy, or, without a label, the score is high.

    `units` has unit_id and scores; `labels_below` unit_id and verdict. A missing score is no likely violation.
    """
    found = labels_below.groupBy("unit_id").agg(F.max(F.col("verdict") == "violating").alias("is_found"))
    by_score = F.coalesce(F.array_max(F.map_values("scores")) >= F.lit(likely_positive_score), F.lit(False))
    return units.join(found, "unit_id", "left").select(
        *units.columns, F.coalesce("is_found", by_score).alias("is_likely")
    )
