"""Sums over a sample and over its validation arm: the units drawn by exposure alone."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.row_order import in_one_order
from lib.sampling.strata import by_stratum

_VERDICTS = {"violating": 1.0, "not_violating": 0.0}


def validation_arm_sums(
    samples: DataFrame,
    labels: DataFrame,
    frame: Sequence[Row],
    *,
    policies: Sequence[str],
    measures: Sequence[str],
    rungs: Sequence[str],
) -> DataFrame:
    """One row per policy and measure with the sums of `ArmSums`.

    The arm's probability is p_A = min(1, t δ m/Σ_stratum m), t the main draw's threshold: at most p, because the size
    measure w of that draw is at least δ m/Σ m. With v the verdict of the first rung, corrected by those above:

        v = x (y_1 + Σ_{a>1} 1[on rung a] (y_a - y_{a-1})/(q_2 ... q_a))

    A missing verdict counts as the one below, on the first rung as the score: v only must not depend on u.

    Args:
        samples: one day's sampled units of one design
        labels: their current labels
        frame: the collected rows of `sampling_frame` of that day and design
        policies: policies
        measures: measures
        rungs: rungs in use, lowest first

    Returns:
        policy, measure, exposure_total, total, arm_total, variance, sum_squared_terms
    """
    arm = F.least(F.lit(1.0), _exposure_size(frame) * by_stratum({row["stratum"]: _reach(row) for row in frame}))
    columns = samples.select(
        "unit_id",
        "prn",
        F.col("inclusion_probability").alias("p"),
        # Rounding must not put a probability above the one it is a part of.
        F.least(arm, "inclusion_probability").alias("p_arm"),
        "exposures",
        "scores",
        F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy"),
    )
    verdicts = labels.groupBy("unit_id", "policy").pivot("rung", list(rungs))
    by_unit = verdicts.agg(F.first(F.struct("verdict", "rung_probability")))
    rows = columns.join(by_unit, ["unit_id", "policy"], "left")
    measured = rows.withColumn("verdict", _corrected_verdict(rungs)).select(
        "*", F.explode(F.array(*[F.lit(m) for m in measures])).alias("measure")
    )
    v, p, p_arm = F.col("exposures")[F.col("measure")] * F.col("verdict"), F.col("p"), F.col("p_arm")
    term = v * v * (1 / p_arm - 1 / p) / p
    in_order = in_one_order(measured, "policy", "measure", "unit_id")
    totals = {m: float(sum(row["exposure_totals"][m] for row in frame)) for m in measures}
    return (
        in_order.groupBy("policy", "measure")
        .agg(
            F.sum(v / p).alias("total"),
            F.sum(F.when(F.col("prn") < p_arm, v / p_arm).otherwise(0.0)).alias("arm_total"),
            F.sum(term).alias("variance"),
            F.sum(term * term).alias("sum_squared_terms"),
        )
        .withColumn("exposure_total", _by_measure(totals))
    )


def _reach(row: Row) -> float:
    """Product t δ of a stratum; infinite where every unit is taken."""
    return float("inf") if row["threshold"] is None else float(row["threshold"] * row["uniform_share"])


def _exposure_size(frame: Sequence[Row]) -> Column:
    """Share m/Σ_stratum m of a sampled unit: the shares of measures that a stratum has nothing of go to the others."""
    size = F.lit(0.0)
    for measure in frame[0]["measure_shares"]:
        factors = {row["stratum"]: _factor(row, measure) for row in frame}
        size = size + by_stratum(factors) * F.col("exposures")[measure]
    return size


def _factor(row: Row, measure: str) -> float:
    totals = row["exposure_totals"]
    present = sum(share for name, share in row["measure_shares"].items() if totals[name] > 0)
    return row["measure_shares"][measure] / present / totals[measure] if totals[measure] > 0 else 0.0


def _corrected_verdict(rungs: Sequence[str]) -> Column:
    below = F.coalesce(_number(F.col(rungs[0])["verdict"]), F.col("scores")[F.col("policy")], F.lit(0.0))
    corrected, climbed = below, F.lit(1.0)
    for rung in rungs[1:]:
        climbed = climbed * F.col(rung)["rung_probability"]
        verdict = F.coalesce(_number(F.col(rung)["verdict"]), below)
        corrected = corrected + F.when(F.col(rung).isNotNull(), (verdict - below) / climbed).otherwise(0.0)
        below = verdict
    return corrected


def _number(verdict: Column) -> Column:
    pairs = [literal for name, value in _VERDICTS.items() for literal in (F.lit(name), F.lit(value))]
    return F.create_map(*pairs)[verdict]


def _by_measure(totals: Mapping[str, float]) -> Column:
    pairs = [literal for name, value in totals.items() for literal in (F.lit(name), F.lit(value))]
    return F.create_map(*pairs)[F.col("measure")]
