"""Finds the units that carry labels under an old and a new version of a policy or prompt."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.labels import RUNGS


def bridge_labels(labels: DataFrame, declared: SeriesBreakSettings) -> DataFrame:
    """The units of the study's days labelled on its rung under both versions, with both verdicts.

    Under each version the latest label counts. Both rounds of labelling draw the rung with the same permanent random
    numbers, so a unit is in both with the smaller of its two rung probabilities; the rungs below it, if any, multiply.
    Returns ds, unit_id, old_verdict, new_verdict (1 violating, 0 not, null if neither), and rung_probability:
    the probability in (0, 1] of both labels, given that the unit was sampled.
    """
    first, last = declared.overlap
    of_policy = labels.where(F.col("ds").between(F.lit(first), F.lit(last)) & (F.col("policy") == declared.policy))
    version = F.col(declared.version_kind)
    on_rung = of_policy.where(
        (F.col("rung") == declared.rung) & version.isin(declared.old_version, declared.new_version)
    )
    by_version = current_labels(on_rung, keys=("ds", "unit_id", declared.version_kind))
    is_old, is_new = version == declared.old_version, version == declared.new_version
    pairs = by_version.groupBy("ds", "unit_id").agg(
        F.max(F.when(is_old, F.struct("verdict", "rung_probability"))).alias("old"),
        F.max(F.when(is_new, F.struct("verdict", "rung_probability"))).alias("new"),
    )
    both = pairs.where(F.col("old").isNotNull() & F.col("new").isNotNull())
    joined = both.join(_climbed(of_policy, declared.rung), ["ds", "unit_id"], "left")
    return joined.select(
        "ds",
        "unit_id",
        _as_number(F.col("old.verdict")).alias("old_verdict"),
        _as_number(F.col("new.verdict")).alias("new_verdict"),
        (F.least("old.rung_probability", "new.rung_probability") * F.coalesce("climbed", F.lit(1.0))).alias(
            "rung_probability"
        ),
    )


def _climbed(labels: DataFrame, rung: str) -> DataFrame:
    """Per unit, the product of the rung probabilities below `rung`."""
    below = RUNGS[: RUNGS.index(rung)]
    lower = current_labels(labels.where(F.col("rung").isin(*below)), keys=("ds", "unit_id", "rung"))
    climbed = F.lit(1.0)
    for name in below:
        climbed = climbed * F.coalesce(F.max(F.when(F.col("rung") == name, F.col("rung_probability"))), F.lit(1.0))
    return lower.groupBy("ds", "unit_id").agg(climbed.alias("climbed"))


def _as_number(verdict: Column) -> Column:
    return F.when(verdict == "violating", 1.0).when(verdict == "not_violating", 0.0)
