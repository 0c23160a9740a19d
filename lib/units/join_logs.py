"""Joins the three logs of a day into one row per unit, keeping every record that fits nowhere beside them."""

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.units.deliveries import USABLE, first_of_each, group_deliveries, last_of_each
from lib.units.record_checks import pin_fault, query_fault, response_fault

_UNUSABLE_PARENT = 2
_UNUSABLE_CHILD = 3
_NO_RESPONSE = "\u0001"


def join_logs(*, query_log: DataFrame, response_log: DataFrame, pin_log: DataFrame, ds: date) -> DataFrame:
    """Join the logs' partitions of day `ds`; each log is scanned once, the Pin log shuffled once.

    `query_log` is that of `without_people`: it has user_key and session_key in place of ids.

    Returns one row per unit (`is_unit`: query, response, response_rank, pins and the numbers of duplicates) or per
    group of records that are in no unit (rejected_queries, rejected_responses, rejected_pins: all their deliveries,
    with query_key and response_key as their parents' ids). Both come from one plan: cache it before using both.
    """
    answered = _join_responses(_group_queries(query_log, ds), _group_responses(response_log, ds))
    return _join_pins(answered, _group_pins(pin_log, ds))


def _group_queries(query_log: DataFrame, ds: date) -> DataFrame:
    fields = ["event_ts", "user_key", "session_key", "surface", "country", "language", "query_text"]
    return group_deliveries(
        query_log,
        fault=query_fault(ds),
        unusable_class=_UNUSABLE_PARENT,
        key="query_id",
        fields=[F.col(name) for name in fields],
        deliveries="query_deliveries",
    )


def _group_responses(response_log: DataFrame, ds: date) -> DataFrame:
    # Maps have no order; as sorted entries they can be part of a sorted array.
    scores = F.sort_array(F.map_entries("platform_scores")).alias("platform_scores")
    fields = ["response_id", "event_ts", "response_text", "model_version"]
    return group_deliveries(
        response_log,
        fault=response_fault(ds),
        unusable_class=_UNUSABLE_CHILD,
        key="query_id",
        fields=[*(F.col(name) for name in fields), scores],
        deliveries="response_deliveries",
    )


def _group_pins(pin_log: DataFrame, ds: date) -> DataFrame:
    # The order of the struct is the order in which deliveries of one Pin are compared: the viewed one comes last.
    is_viewed = F.coalesce("viewed", F.lit(False)).alias("is_viewed")
    after_view = ["event_ts", "image_signature", "image_url", "title"]
    return group_deliveries(
        pin_log,
        fault=pin_fault(ds),
        unusable_class=_UNUSABLE_CHILD,
        key="response_id",
        fields=[F.col("slot"), F.col("pin_id"), is_viewed, *(F.col(name) for name in after_view)],
        deliveries="pin_deliveries",
    ).withColumnRenamed("response_id", "response_key")


def _join_responses(queries: DataFrame, responses: DataFrame) -> DataFrame:
    """One row per query and response, or per group of rejected queries and responses."""
    joined = queries.join(responses, ["match_class", "query_id"], "full_outer").withColumnRenamed(
        "query_id", "query_key"
    )
    is_unit = (F.col("match_class") == USABLE) & F.col("query_deliveries").isNotNull()
    kept_responses = first_of_each(F.col("response_deliveries"), ["response_id"])
    sorted_out = joined.select(
        "query_key",
        is_unit.alias("is_unit"),
        F.when(is_unit, F.col("query_deliveries")[0]).alias("query"),
        (F.size("query_deliveries") - 1).alias("n_further_queries"),
        F.when(is_unit, F.col("response_deliveries")).alias("used_deliveries"),
        F.when(is_unit, kept_responses).alias("responses"),
        F.when(~is_unit, F.col("query_deliveries")).alias("rejected_queries"),
        F.when(~is_unit, F.col("response_deliveries")).alias("rejected_responses"),
    )
    exploded = sorted_out.select(
        *[name for name in sorted_out.columns if name != "responses"],
        F.posexplode_outer("responses").alias("response_position", "response"),
    )
    response_id = F.col("response.response_id")
    response_rank = F.coalesce("response_position", F.lit(0))
    return exploded.select(
        F.when(F.col("is_unit"), USABLE).otherwise(_UNUSABLE_PARENT).alias("match_class"),
        # A query without a response must match no Pin, and must not share one key with all others of its kind.
        F.coalesce(response_id, F.concat(F.lit(_NO_RESPONSE), F.col("query_key"))).alias("response_key"),
        "query_key",
        "is_unit",
        "query",
        "response",
        response_rank.alias("response_rank"),
        F.when(response_rank == 0, F.col("n_further_queries")).otherwise(0).alias("n_duplicate_queries"),
        _n_further_deliveries(response_id).alias("n_duplicate_responses"),
        "rejected_queries",
        "rejected_responses",
    )


def _n_further_deliveries(response_id: Column) -> Column:
    same = F.filter("used_deliveries", lambda delivery: delivery["response_id"] == response_id)
    return F.when(response_id.isNotNull(), F.size(same) - 1).otherwise(0)


def _join_pins(answered: DataFrame, pins: DataFrame) -> DataFrame:
    """Attach the Pins. A response id that two queries claim gives two units; the first query has the Pins."""
    claims = Window.partitionBy("match_class", "response_key").orderBy("query_key")
    ranked = answered.withColumn("claim_rank", F.row_number().over(claims))
    joined = ranked.join(pins, ["match_class", "response_key"], "full_outer")
    is_unit = F.coalesce("is_unit", F.lit(False))
    owns_pins = is_unit & (F.col("claim_rank") == 1) & F.col("pin_deliveries").isNotNull()
    kept_pins = last_of_each(F.col("pin_deliveries"), ["slot", "pin_id"])
    return joined.select(
        "match_class",
        "response_key",
        "query_key",
        is_unit.alias("is_unit"),
        "query",
        "response",
        "response_rank",
        F.when(owns_pins, kept_pins).otherwise(F.array()).alias("pins"),
        "n_duplicate_queries",
        "n_duplicate_responses",
        F.when(owns_pins, F.size("pin_deliveries")).otherwise(0).alias("n_pin_deliveries"),
        "rejected_queries",
        "rejected_responses",
        F.when(~is_unit, F.col("pin_deliveries")).alias("rejected_pins"),
    )
