"""Reduces labelled units to additive moments, one row per stratum x policy x measure x segment."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.moments.ladder_rows import Ladder
from schemas.contracts.moment_names import (
    COUNT_COLUMNS,
    RUNG_VARIABLES,
    SUM_COLUMNS,
    product_column,
    product_pairs,
    sum_column,
)

_EVERYTHING = "all"
_CELL = ("stratum", "policy", "measure", "segment", "segment_value")


def known_totals(frame: DataFrame, *, policies: Sequence[str], measures: Sequence[str]) -> DataFrame:
    """The population's totals of every cell, from one design's rows of `sampling_frame`.

    Returns design_id, stratum, policy, measure, segment, segment_value, population_size, exposure_total, score_total,
    has_score.
    """
    totals = frame.select("design_id", "stratum", F.inline("segment_totals")).where(F.col("measure").isin(*measures))
    by_policy = totals.select("*", F.explode(F.array(*[F.lit(k) for k in policies])).alias("policy"))
    score_total = F.col("score_totals")[F.col("policy")]
    return by_policy.select(
        "design_id",
        *_CELL,
        F.col("population_size").cast("double").alias("population_size"),
        "exposure_total",
        F.coalesce(score_total, F.lit(0.0)).alias("score_total"),
        score_total.isNotNull().alias("has_score"),
    )


def accumulate_moments(rows: DataFrame, totals: DataFrame, *, ladder: Ladder, measures: Sequence[str]) -> DataFrame:
    """Sum the `ladder_rows` of a day to moments and put the known `totals` beside them.

    A segment is its indicator times z: units outside count as zeros, so a cell without sampled units has moments of
    zero and its known totals. Returns the columns of `prevalence_moments` except ds and job_run_id.
    The sample is small: it is summed in one partition in the order of unit_id, so that sums are the same in every run.
    """
    sums = {name: F.sum(column).alias(name) for name, column in _terms().items()}
    cells = _cells(rows, measures).coalesce(1).sortWithinPartitions(*_CELL, "unit_id")
    moments = cells.groupBy(*_CELL).agg(*sums.values())
    weights = _largest_weights(rows, measures)
    joined = totals.join(moments, list(_CELL), "left").join(weights, ["stratum", "policy", "measure"], "left")
    return joined.select(
        "design_id",
        *_CELL,
        F.array(*[F.lit(rung) for rung in ladder.rungs]).alias("rungs"),
        "has_score",
        *[_zero_if_absent(name) for name in SUM_COLUMNS],
        *[_zero_if_absent(name).cast("bigint").alias(name) for name in COUNT_COLUMNS],
        _zero_if_absent("largest_weight"),
        F.array(*[F.lit(source) for source in ladder.label_sources]).alias("label_sources"),
    )


def _cells(rows: DataFrame, measures: Sequence[str]) -> DataFrame:
    """One row per unit, policy, measure and segment, with exposure x."""
    everything = F.create_map(F.lit(_EVERYTHING), F.lit(_EVERYTHING))
    with_measure = rows.select("*", F.explode(F.array(*[F.lit(m) for m in measures])).alias("measure"))
    with_exposure = with_measure.withColumn("exposure", F.col("exposures")[F.col("measure")])
    return with_exposure.select("*", F.explode(F.map_concat(everything, "segments")).alias("segment", "segment_value"))


def _terms() -> dict[str, Column]:
    """What is summed, by the moment's name; P_a is the cumulative probability of rung a."""
    terms: dict[str, Column] = {}
    for rung, variables in RUNG_VARIABLES.items():
        weight = 1 / _probability(rung)
        for variable in variables:
            terms[sum_column(rung, variable)] = _on(rung, _value(variable) * weight)
        terms[f"sum_weight_{rung}"] = _on(rung, weight)
        terms[f"sum_squared_weight_{rung}"] = _on(rung, weight * weight)
        verdict = F.col(f"verdict_{rung}")
        terms[f"n_{rung}"] = _on(rung, F.when(verdict.isNotNull(), 1).otherwise(0))
        terms[f"n_positive_{rung}"] = _on(rung, F.when(verdict > 0, 1).otherwise(0))
        terms[f"n_missing_{rung}"] = _on(rung, F.when(verdict.isNull(), 1).otherwise(0))
    for rung_a, variable_a, rung_b, variable_b in product_pairs():
        spread = (1 / _probability(rung_a) - 1) / _probability(rung_b)
        product = _value(variable_a) * _value(variable_b) * spread
        terms[product_column(rung_a, variable_a, rung_b, variable_b)] = _on(rung_b, product)
    return terms


def _value(variable: str) -> Column:
    """An entry of z: exposure, exposure x score, or exposure x verdict."""
    exposure = F.col("exposure")
    if variable == "exposure":
        return exposure
    if variable == "score":
        return exposure * F.coalesce("score", F.lit(0.0))
    return exposure * F.coalesce(F.col(variable.replace("label", "verdict")), F.lit(0.0))


def _probability(rung: int) -> Column:
    return F.col(f"probability_{rung}")


def _on(rung: int, term: Column) -> Column:
    return F.when(F.col(f"on_rung_{rung}"), term).otherwise(0)


def _largest_weights(rows: DataFrame, measures: Sequence[str]) -> DataFrame:
    """The largest exposure / P on the last rung in use, over the whole stratum: what one unseen violation may weigh."""
    last = F.coalesce(*[_probability(rung) for rung in sorted(RUNG_VARIABLES, reverse=True)])
    top = F.greatest(*[F.when(F.col(f"on_rung_{rung}"), rung).otherwise(0) for rung in RUNG_VARIABLES])
    with_measure = rows.select("*", F.explode(F.array(*[F.lit(m) for m in measures])).alias("measure"))
    weight = F.col("exposures")[F.col("measure")] / last
    cell = ["stratum", "policy", "measure"]
    by_rung = with_measure.groupBy(*cell, top.alias("top_rung")).agg(F.max(weight).alias("largest_weight"))
    return by_rung.groupBy(*cell).agg(F.max_by("largest_weight", "top_rung").alias("largest_weight"))


def _zero_if_absent(name: str) -> Column:
    return F.coalesce(F.col(name), F.lit(0)).cast("double").alias(name)
