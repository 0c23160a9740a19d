"""The day's readings of volume, scores and losses of the join."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.row_order import in_one_order
from schemas.stream_readings import STREAM_KEY

_READING = (*STREAM_KEY, "value", "std_error", "one_event")


def frame_readings(frame: DataFrame) -> DataFrame:
    """Volume of everything and of each segment, and mean scores, from a day's rows of `sampling_frame`.

    Returns the columns of `stream_readings` from family to one_event. A policy without scores has no reading.
    """
    totals = in_one_order(frame, "stratum").select(F.inline("segment_totals"))
    by_segment = totals.groupBy("segment", "segment_value", "measure").agg(
        F.sum("exposure_total").alias("exposure_total")
    )
    volume = by_segment.select(*_named(F.lit("volume"), F.lit("all")), *_known(F.col("exposure_total")))
    scored = totals.select("segment", "segment_value", "measure", "exposure_total", F.explode("score_totals"))
    by_policy = scored.groupBy("segment", "segment_value", "measure", F.col("key").alias("scored_policy")).agg(
        F.sum("exposure_total").alias("exposure_total"), F.sum("value").alias("score_total")
    )
    has_exposure = by_policy.where((F.col("exposure_total") > 0) & F.col("score_total").isNotNull())
    scores = has_exposure.select(
        *_named(F.lit("score"), F.col("scored_policy")), *_known(F.col("score_total") / F.col("exposure_total"))
    )
    return volume.unionByName(scores)


def join_readings(account: DataFrame) -> DataFrame:
    """Share of each log's rows that are in quarantine, from a day's rows of `row_account`; columns as above."""
    lost, n = F.col("rows_quarantined"), F.col("rows_in").cast("double")
    share = lost / n
    return account.where(F.col("rows_in") > 0).select(
        F.lit("join_loss").alias("family"),
        F.lit("all").alias("policy"),
        F.lit("rows").alias("measure"),
        F.lit("source").alias("segment"),
        F.col("source").alias("segment_value"),
        share.alias("value"),
        F.sqrt(share * (1 - share) / n).alias("std_error"),
        (1 / n).alias("one_event"),
    )


def _named(family: Column, policy: Column) -> tuple[Column, ...]:
    return family.alias("family"), policy.alias("policy"), *(F.col(n) for n in ("measure", "segment", "segment_value"))


def _known(value: Column) -> tuple[Column, ...]:
    """What is counted, not sampled."""
    return value.alias("value"), F.lit(0.0).alias("std_error"), F.lit(None).cast("double").alias("one_event")
