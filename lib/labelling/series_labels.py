"""Keeps each side of a break to its own version, so that a bridge study rewrites no published number."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.contracts.series_break import SeriesBreakSettings


def labels_of_series(labels: DataFrame, declared: Sequence[SeriesBreakSettings]) -> DataFrame:
    """The rows of `labels` without those that only serve a bridge study.

    Before a declared break the new version's labels are left out, from the break on the old version's. Without this the
    latest label would count, and the days of the study would change when they are estimated again.
    """
    kept = F.lit(True)
    for known in declared:
        version, is_before = F.col(known.version_kind), F.col("ds") < F.lit(known.ds)
        is_concerned = (F.col("policy") == known.policy) & (F.col("rung") == known.rung)
        is_other_side = F.when(is_before, version == known.new_version).otherwise(version == known.old_version)
        kept = kept & ~(is_concerned & is_other_side)
    return labels.where(kept)
