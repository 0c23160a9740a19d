"""The units of a day, from the joined logs."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.units.identifiers import unit_id
from lib.units.readable_text import is_blank
from schemas.columns import PINS

UNKNOWN = "unknown"


def interaction_units(joined: DataFrame, *, key_id: str) -> DataFrame:
    """One row per unit with the columns of schemas/interaction_units.py except ds and job_run_id.

    `key_id` names the key that user_key and session_key were hashed with.
    """
    pins = F.col("pins").cast(PINS.data_type)
    return joined.where("is_unit").select(
        unit_id(F.col("query_key"), F.col("response.response_id")).alias("unit_id"),
        F.col("query_key").alias("query_id"),
        F.col("response.response_id").alias("response_id"),
        "response_rank",
        F.col("query.user_key").alias("user_key"),
        F.col("query.session_key").alias("session_key"),
        F.lit(key_id).alias("key_id"),
        F.col("query.surface").alias("surface"),
        _known(F.col("query.country")).alias("country"),
        _known(F.col("query.language")).alias("language"),
        F.col("query.query_text").alias("query_text"),
        F.col("response.response_text").alias("response_text"),
        F.col("response.model_version").alias("model_version"),
        pins.alias("pins"),
        F.col("n_pins").alias("pin_count"),
        F.size(F.filter("pins", lambda pin: pin["is_viewed"])).alias("viewed_pin_count"),
        F.map_from_entries("response.platform_scores").alias("platform_scores"),
        F.col("query.event_ts").alias("queried_at"),
        F.lit(True).alias("has_content"),
        "n_duplicate_queries",
        "n_duplicate_responses",
        (F.col("n_pin_deliveries") - F.col("n_pins")).alias("n_duplicate_pins"),
    )


def _known(value: Column) -> Column:
    return F.when(is_blank(value), UNKNOWN).otherwise(value)
