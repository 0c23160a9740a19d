"""Decides of every row at hand whether its unit can be built now, and what becomes of it if not."""

from collections.abc import Sequence
from datetime import date, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.units.record_checks import pin_fault, query_fault, response_fault

WAITING, CLOSING, LATE, QUARANTINED = "waiting", "closing", "late", "quarantined"
_KNOWN = "known"
_FAULTS = {"query_log": query_fault, "response_log": response_fault, "pin_log": pin_fault}


def with_faults(rows: DataFrame, days: Sequence[date]) -> DataFrame:
    """`rows` in usable form, of `days`, with `fault`: why a row can be in no unit, as in the batch; null if it can."""
    is_of = [(F.col("ds") == F.lit(ds)) & (F.col("source") == source) for ds in days for source in _FAULTS]
    faults = [fault(ds) for ds in days for fault in _FAULTS.values()]
    found = [F.when(condition, fault) for condition, fault in zip(is_of, faults, strict=True)]
    return rows.withColumn("fault", F.coalesce(*found) if found else F.lit(None).cast("string"))


def newest_events(arrived: DataFrame, *, now: datetime) -> DataFrame:
    """Source and newest_event_at of usable rows. A clock that runs ahead counts as ours: it closes nobody's units."""
    seen = F.least("event_ts", F.lit(now))
    return arrived.where(F.col("fault").isNull()).groupBy("source").agg(F.max(seen).alias("newest_event_at"))


def with_fates(
    rows: DataFrame,
    *,
    first_ds: date,
    watermark_before: datetime | None,
    watermark: datetime | None,
    built_queries: DataFrame,
) -> DataFrame:
    """`rows` with `fate`: waiting, closing (its unit is built now), late or quarantined.

    A query is closed when the watermark has passed it, with all responses and Pins that came for it. What belongs to no
    query at hand waits until the watermark has passed it, too, and is late then: its query was closed before, or never
    came. A query that comes when the watermark has passed it, or whose units are built, is late.

    Args:
        rows: sound rows that waited (is_new false, fault null) and those that arrived (is_new true)
        first_ds: rows of days before are late
        watermark_before: the watermark when the batch began, by which what arrived is late; None if there was none
        watermark: the watermark after it
        built_queries: ds and query_id of units that are built already, each once

    """
    is_late_query = F.col("is_new") & (F.col("source") == "query_log") & _is_passed(watermark_before)
    settled = (
        F.when(F.col("ds") < F.lit(first_ds), LATE)
        .when(F.col("fault").isNotNull(), QUARANTINED)
        .when(is_late_query, LATE)
    )
    named = rows.withColumns(
        {
            "settled": settled,
            "asked_query": F.when(settled.isNull() & (F.col("source") != "pin_log"), F.col("query_id")),
            "asked_response": F.when(settled.isNull() & (F.col("source") == "pin_log"), F.col("response_id")),
        }
    )
    with_query = named.join(_queries(named, watermark, built_queries), ["ds", "asked_query"], "left")
    with_both = with_query.join(_responses(with_query), ["ds", "asked_response"], "left")
    state = F.coalesce("query_state", "response_state")
    alone = F.when(_is_passed(watermark), LATE).otherwise(WAITING)
    fate = F.coalesce("settled", F.when(state == _KNOWN, LATE).otherwise(state), alone)
    return with_both.select(*rows.columns, fate.alias("fate"))


def _queries(named: DataFrame, watermark: datetime | None, built: DataFrame) -> DataFrame:
    """Ds, asked_query and query_state of every query at hand: its earliest delivery counts, as for the batch."""
    at_hand = named.where((F.col("source") == "query_log") & F.col("asked_query").isNotNull())
    first = at_hand.groupBy("ds", "asked_query").agg(F.min("event_ts").alias("event_ts"))
    known = built.select("ds", F.col("query_id").alias("asked_query"), F.lit(True).alias("is_built"))
    state = F.when(F.col("is_built"), _KNOWN).when(_is_passed(watermark), CLOSING).otherwise(WAITING)
    return first.join(known, ["ds", "asked_query"], "left").select("ds", "asked_query", state.alias("query_state"))


def _responses(with_query: DataFrame) -> DataFrame:
    """Ds, asked_response and response_state; of a response id that several queries claim the first closed has it."""
    answers = with_query.where((F.col("source") == "response_log") & F.col("query_state").isNotNull())
    states = F.collect_set("query_state")
    state: Column = F.when(F.array_contains(states, CLOSING), CLOSING).when(F.array_contains(states, WAITING), WAITING)
    return answers.groupBy("ds", F.col("response_id").alias("asked_response")).agg(
        state.otherwise(_KNOWN).alias("response_state")
    )


def _is_passed(watermark: datetime | None) -> Column:
    return F.lit(False) if watermark is None else F.col("event_ts") <= F.lit(watermark)
