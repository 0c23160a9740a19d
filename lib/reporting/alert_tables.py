"""Reduces the monitoring's tables to what a dashboard shows: alerts, channels, what is watched, the index."""

from datetime import date
from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lib.reporting.dashboard_data import COLUMNS

MOST_ALERTS: Final = 100
_STANDING: Final = (
    "state", "family", "policy", "measure", "segment", "segment_value", "kind", "direction", "opened_date",
    "began_date", "closed_date", "resolution", "acknowledged_by", "note",
)  # fmt: skip
_LEVELS: Final = ("before", "before_low", "before_high", "after", "after_low", "after_high")
# Drivers are arrays beside each other: a list of structs reads otherwise in every way to pandas.
_EVIDENCE: Final = {name: name for name in (*_LEVELS, "ratio", "ratio_low", "ratio_high")} | {
    "driver_segments": "drivers.segment",
    "driver_values": "drivers.segment_value",
    "driver_before": "drivers.rate_before",
    "driver_after": "drivers.rate_after",
    "unit_ids": "unit_ids",
    "changed_versions": "changed_versions",
}


def latest_alerts(alerts: DataFrame, *, first_closed: date) -> DataFrame:
    """How each alert stands, one row an alert: those that are open, and those that were closed since `first_closed`.

    Open ones come first, then the latest; at most MOST_ALERTS.
    """
    last = Window.partitionBy("alert_id").orderBy(F.desc("ds"))
    standing = alerts.withColumn("place", F.row_number().over(last)).where("place = 1")
    is_open = F.col("state") == "open"
    recent = standing.where(is_open | (F.col("closed_date") >= F.lit(first_closed)))
    in_order = recent.orderBy(is_open.desc(), F.desc("opened_date"), "alert_id").limit(MOST_ALERTS)
    return in_order.select(*_STANDING, *[F.col(f"evidence.{field}").alias(name) for name, field in _EVIDENCE.items()])


def channel_states(deliveries: DataFrame) -> DataFrame:
    """Per channel how its last attempt went, and n_undelivered: changes of state that never reached it."""
    news = ["channel", "ds", "alert_id", "transition"]
    last = F.max_by(F.struct("status", "fault", "attempted_at"), F.struct("attempted_at", "attempt"))
    by_news = deliveries.groupBy(*news).agg(
        F.max((F.col("status") == "sent").cast("int")).alias("is_sent"), last.alias("last")
    )
    of_channel = by_news.groupBy("channel").agg(
        F.max_by("last", F.col("last.attempted_at")).alias("last"), F.sum(1 - F.col("is_sent")).alias("n_undelivered")
    )
    return of_channel.select("channel", "last.*", "n_undelivered").orderBy("channel")


def watched_streams(sequences: DataFrame) -> DataFrame:
    """How many streams were in which phase on the last day that was watched."""
    return _of_last_day(sequences).groupBy("ds", "phase").agg(F.count(F.lit(1)).alias("n_streams")).orderBy("phase")


def gap_streams(sequences: DataFrame) -> DataFrame:
    """The phase of the ratio of labels to index, per policy and measure, on the last day that was watched."""
    gaps = _of_last_day(sequences).where("family = 'index_gap' AND segment = 'all'")
    return gaps.select("policy", "measure", "phase").orderBy("policy", "measure")


def headline_index(rows: DataFrame) -> DataFrame:
    """The directional index of the whole population, per ds, policy and measure."""
    return rows.where("segment = 'all'").select(*COLUMNS["directional_index"]).orderBy("ds", "policy", "measure")


def _of_last_day(sequences: DataFrame) -> DataFrame:
    last = sequences.agg(F.max("ds").alias("ds"))
    return sequences.join(F.broadcast(last), "ds")
