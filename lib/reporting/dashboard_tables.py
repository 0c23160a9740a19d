"""Reduces the warehouse's tables to the small tables that a dashboard shows."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def of_units(rows: DataFrame) -> DataFrame:
    """The rows of `prevalence` or `prevalence_moments` about the verdict on the unit, not about a component."""
    return rows.where(F.col("component") == "unit")


def sample_funnel(frame: DataFrame, moments: DataFrame) -> DataFrame:
    """Population, sampled, labelled and audited units per ds and stratum.

    A unit is labelled if the first rung has a verdict on it for any policy, audited if a higher rung has.
    """
    labelled = (
        _whole_strata(moments)
        .groupBy("ds", "stratum")
        .agg(F.max("n_1").alias("n_labelled"), F.max(F.greatest("n_2", "n_3")).alias("n_audited"))
    )
    sizes = frame.select("ds", "stratum", "population_size", "sample_size")
    counted = sizes.join(labelled, ["ds", "stratum"], "left").na.fill(0, ["n_labelled", "n_audited"])
    return counted.orderBy("ds", "stratum")


def sampled_positives(moments: DataFrame) -> DataFrame:
    """Units of the sample that the first rung found violating, per ds and policy."""
    positives = _whole_strata(moments).groupBy("ds", "policy").agg(F.sum("n_positive_1").alias("n_positive"))
    return positives.orderBy("ds", "policy")


def scorers_used(frame: DataFrame) -> DataFrame:
    """The scorer and the rule of the size measure behind each day's sample."""
    return frame.select("ds", "scorer_version", "size_measure_rule").distinct().orderBy("ds", "scorer_version")


def labels_by_source(labels: DataFrame) -> DataFrame:
    """Number of labels per rung and labeler, with the kind of labeler."""
    source = ["rung", "labeler_id", "label_source", "prompt_version"]
    return labels.groupBy(*source).agg(F.count(F.lit(1)).alias("n_labels")).orderBy(*source)


def latest_audit(audits: DataFrame) -> DataFrame:
    """The rows of `design_audits` of the last day that was audited."""
    last = audits.agg(F.max("ds").alias("ds"))
    return audits.join(F.broadcast(last), "ds").orderBy("scenario", "policy", "measure")


def _whole_strata(moments: DataFrame) -> DataFrame:
    return of_units(moments).where((F.col("measure") == "units") & (F.col("segment") == "all"))
