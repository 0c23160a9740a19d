"""Counts how verdicts of one rung agree with those of the next, on earlier days' samples."""

from collections.abc import Sequence
from itertools import pairwise

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.planning.label_model import ErrorRates, LabelPairs, measured_error_rates

_POSITIVE, _NEGATIVE = "violating", "not_violating"


def label_pairs(samples: DataFrame, labels: DataFrame, *, rungs: Sequence[str]) -> DataFrame:
    """Weighted counts of verdict pairs, one row per policy and rung that has one above it; see `LabelPairs`.

    Units are weighted by 1/P of the upper rung: unweighted rates of a sample that looks where the score is high are
    biased. Verdicts that are missing on either rung are left out.

    Args:
        samples: sampled units: ds, unit_id, inclusion_probability
        labels: their current labels: ds, unit_id, policy, rung, verdict, rung_probability
        rungs: rungs in use, lowest first

    Returns:
        policy, rung (the lower one), both, missed, false_alarms, neither, sum_squared_weight_positive,
        sum_squared_weight_negative
    """
    verdicts = labels.groupBy("ds", "unit_id", "policy").pivot("rung", list(rungs))
    by_unit = verdicts.agg(F.first(F.struct("verdict", "rung_probability")))
    units = samples.select("ds", "unit_id", "inclusion_probability").join(by_unit, ["ds", "unit_id"])
    climbed, pairs = F.col("inclusion_probability"), []
    for lower, upper in pairwise(rungs):
        climbed = climbed * F.col(upper)["rung_probability"]
        pairs.append(
            F.struct(
                F.lit(lower).alias("rung"),
                F.col(lower)["verdict"].alias("below"),
                F.col(upper)["verdict"].alias("above"),
                (1 / climbed).alias("weight"),
            )
        )
    known = units.select("policy", F.inline(F.array(*pairs))).where(
        F.col("above").isin(_POSITIVE, _NEGATIVE) & F.col("below").isin(_POSITIVE, _NEGATIVE)
    )
    found, confirmed, weight = F.col("below") == _POSITIVE, F.col("above") == _POSITIVE, F.col("weight")
    return known.groupBy("policy", "rung").agg(
        _sum_where(found & confirmed, weight).alias("both"),
        _sum_where(~found & confirmed, weight).alias("missed"),
        _sum_where(found & ~confirmed, weight).alias("false_alarms"),
        _sum_where(~found & ~confirmed, weight).alias("neither"),
        _sum_where(confirmed, weight * weight).alias("sum_squared_weight_positive"),
        _sum_where(~confirmed, weight * weight).alias("sum_squared_weight_negative"),
    )


def error_rates(
    pairs: Sequence[Row], *, policies: Sequence[str], rungs: Sequence[str], assumed: ErrorRates, prior_size: float
) -> dict[str, list[ErrorRates]]:
    """Policy to the rates of every rung but the highest, from the collected `label_pairs`; as assumed without pairs."""
    counted = {(row["policy"], row["rung"]): LabelPairs(*row[2:]) for row in pairs}
    nothing = LabelPairs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return {
        policy: [
            measured_error_rates(counted.get((policy, rung), nothing), assumed, prior_size=prior_size)
            for rung in rungs[:-1]
        ]
        for policy in policies
    }


def _sum_where(condition: Column, value: Column) -> Column:
    return F.sum(F.when(condition, value).otherwise(0.0))
