"""Joins the three logs of a day into one row per unit, keeping every record that fits nowhere beside them."""

from datetime import date

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lib.units.deliveries import (
    MATCH,
    USABLE,
    first_of_each,
    group_deliveries,
    key_hash,
    last_of_each,
    original_key,
    rejection,
    text_bytes,
)
from lib.units.platform_scores import score_bytes, sorted_scores
from lib.units.readable_text import with_valid_text
from lib.units.record_checks import pin_fault, query_fault, response_fault
from schemas.contracts.settings import UnitSettings

# Classes that no Pin is in.
_NO_RESPONSE = "no_response"
_REJECTED = "rejected"


def join_logs(
    *,
    query_log: DataFrame,
    response_log: DataFrame,
    pin_log: DataFrame,
    ds: date,
    limits: UnitSettings = UnitSettings(),  # noqa: B008 - frozen
) -> DataFrame:
    """Join the logs' partitions of day `ds`; each log is scanned once, the Pin log shuffled once.

    `query_log` is that of `without_people`: it has user_key and session_key in place of ids.

    Returns one row per unit (`is_unit`: query, response, response_rank, pins, n_pins and numbers of duplicates) or per
    group of records that are in no unit (one of rejected_queries, rejected_responses and rejected_pins: all their
    deliveries, with query_key or response_key as their parent's id, and reject_reason, null where all that is wrong is
    that the parent is not there). Both come from one plan: cache it before using both.
    """
    answered = _join_responses(_group_queries(query_log, ds, limits), _group_responses(response_log, ds, limits))
    return _join_pins(answered, _group_pins(pin_log, ds, limits))


def _group_queries(query_log: DataFrame, ds: date, limits: UnitSettings) -> DataFrame:
    texts = ["user_key", "session_key", "surface", "country", "language", "query_text"]
    return group_deliveries(
        with_valid_text(query_log),
        source="query_log",
        fault=query_fault(ds),
        key="query_id",
        fields=[F.col("event_ts"), *(F.col(name) for name in texts)],
        n_bytes=text_bytes(texts),
        is_child=False,
        deliveries="query_deliveries",
        limits=limits,
    )


def _group_responses(response_log: DataFrame, ds: date, limits: UnitSettings) -> DataFrame:
    scores = sorted_scores(F.col("platform_scores"))
    texts = ["response_id", "response_text", "model_version"]
    return group_deliveries(
        with_valid_text(response_log).withColumn("platform_scores", scores),
        source="response_log",
        fault=response_fault(ds),
        key="query_id",
        fields=[
            F.col(name) for name in ("response_id", "event_ts", "response_text", "model_version", "platform_scores")
        ],
        n_bytes=text_bytes(texts) + score_bytes(F.col("platform_scores")),
        is_child=True,
        deliveries="response_deliveries",
        limits=limits,
    )


def _group_pins(pin_log: DataFrame, ds: date, limits: UnitSettings) -> DataFrame:
    # The order of the struct is the order in which deliveries of one Pin are compared: the viewed one comes last.
    is_viewed = F.coalesce("viewed", F.lit(False)).alias("is_viewed")
    after_view = ["event_ts", "image_signature", "image_url", "title"]
    return group_deliveries(
        with_valid_text(pin_log),
        source="pin_log",
        fault=pin_fault(ds),
        key="response_id",
        fields=[F.col("slot"), F.col("pin_id"), is_viewed, *(F.col(name) for name in after_view)],
        n_bytes=text_bytes(["pin_id", "image_signature", "image_url", "title"]),
        is_child=True,
        deliveries="pin_deliveries",
        limits=limits,
    ).withColumnRenamed("response_id", "response_key")


def _join_responses(queries: DataFrame, responses: DataFrame) -> DataFrame:
    """One row per query and response, or per group of rejected queries or responses."""
    joined = queries.join(responses, [*MATCH, "query_id"], "full_outer")
    match_class, part = F.col("match_class"), F.col("part")
    is_unit = (match_class == USABLE) & (part == 0) & F.col("query_deliveries").isNotNull()
    events = first_of_each(F.col("response_deliveries"), ["response_id"])
    exploded = joined.select(
        F.col("query_id").alias("group_key"),
        F.when(is_unit, F.col("query_id")).otherwise(original_key(match_class, F.col("query_id"))).alias("query_key"),
        is_unit.alias("is_unit"),
        F.when(is_unit, F.col("query_deliveries")[0]).alias("query"),
        (F.size("query_deliveries") - 1).alias("n_further_queries"),
        F.when(~is_unit, F.col("query_deliveries")).alias("rejected_queries"),
        F.when(~is_unit, F.col("response_deliveries")).alias("rejected_responses"),
        F.when(~is_unit, rejection(match_class, part)).alias("reject_reason"),
        F.posexplode_outer(F.when(is_unit, events)).alias("response_position", "answer"),
    )
    response_id = F.col("answer.delivery.response_id")
    response_rank = F.coalesce("response_position", F.lit(0))
    of_unit = F.when(response_id.isNotNull(), USABLE).otherwise(_NO_RESPONSE)
    return exploded.select(
        F.when(F.col("is_unit"), of_unit).otherwise(_REJECTED).alias("match_class"),
        # What has no response must match no Pin, and must not share one key with all others of its kind.
        F.coalesce(response_id, F.col("group_key")).alias("response_key"),
        "query_key",
        "is_unit",
        "query",
        F.col("answer.delivery").alias("response"),
        response_rank.alias("response_rank"),
        F.when(response_rank == 0, F.col("n_further_queries")).otherwise(0).alias("n_duplicate_queries"),
        F.coalesce("answer.n_further_deliveries", F.lit(0)).alias("n_duplicate_responses"),
        "rejected_queries",
        "rejected_responses",
        "reject_reason",
    )


def _join_pins(answered: DataFrame, pins: DataFrame) -> DataFrame:
    """Attach the Pins. A response id that several queries claim gives several units; the first query has the Pins."""
    claims = Window.partitionBy("key_hash", "match_class", "response_key").orderBy("query_key")
    # The first claim is part 0, as the Pins that are used are; the others match nothing.
    hashed = answered.withColumn("key_hash", key_hash("response_key"))
    ranked = hashed.withColumn("part", F.row_number().over(claims).cast("bigint") - 1)
    joined = ranked.join(pins, [*MATCH, "response_key"], "full_outer")
    is_unit = F.coalesce("is_unit", F.lit(False))
    has_pins = F.col("pin_deliveries").isNotNull()
    match_class, part = F.col("match_class"), F.col("part")
    kept_pins = last_of_each(F.col("pin_deliveries"), ["slot", "pin_id"])
    with_pins = joined.select(
        F.when(has_pins, original_key(match_class, F.col("response_key"))).alias("response_key"),
        "query_key",
        is_unit.alias("is_unit"),
        "query",
        "response",
        "response_rank",
        F.when(is_unit & has_pins, kept_pins).otherwise(F.array()).alias("pins"),
        "n_duplicate_queries",
        "n_duplicate_responses",
        F.when(is_unit & has_pins, F.size("pin_deliveries")).otherwise(0).alias("n_pin_deliveries"),
        "rejected_queries",
        "rejected_responses",
        F.when(~is_unit, F.col("pin_deliveries")).alias("rejected_pins"),
        F.when(~is_unit & has_pins, rejection(match_class, part))
        .otherwise(F.col("reject_reason"))
        .alias("reject_reason"),
    )
    # Counted once: an account that counted the Pins itself would read all of them again.
    return with_pins.withColumn("n_pins", F.size("pins"))
