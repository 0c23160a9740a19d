"""The records of a day that are in no unit, each with its reason."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.units.record_checks import MALFORMED, is_before_day


def quarantined_records(joined: DataFrame, *, ds: date) -> DataFrame:
    """One row per unused record: source, reason, record (JSON, with user_key and session_key in place of ids)."""
    queries = _records(joined, "rejected_queries", F.col("query_key").alias("query_id"))
    responses = _records(joined, "rejected_responses", F.col("query_key").alias("query_id"))
    pins = _records(joined, "rejected_pins", F.col("response_key").alias("response_id"))
    # Nothing is wrong with an orphan: its parent came on an earlier day, or was lost. A query has no parent.
    unmatched = F.when(is_before_day(ds), "late_event")
    return (
        _with_reason(queries, "query_log", F.lit(None).cast("string"))
        .unionByName(_with_reason(responses, "response_log", unmatched.otherwise("orphan_response")))
        .unionByName(_with_reason(pins, "pin_log", unmatched.otherwise("orphan_pin")))
    )


def _records(joined: DataFrame, rejected: str, parent_id: Column) -> DataFrame:
    """Every rejected delivery: reject_reason, event_ts, and its fields and its parent's id as a struct `fields`."""
    log_row = joined.where(F.col(rejected).isNotNull()).select("reject_reason", parent_id, F.inline(rejected))
    names = [name for name in log_row.columns if name != "reject_reason"]
    return log_row.select("reject_reason", "event_ts", F.struct(*names).alias("fields"))


def _with_reason(records: DataFrame, source: str, unmatched: Column) -> DataFrame:
    # What is wrong with a malformed record follows its reason: malformed_record:slot,viewed.
    wrong_fields = F.split(F.substr("reject_reason", F.instr("reject_reason", ":") + 1), ",")
    is_malformed = F.startswith("reject_reason", F.lit(f"{MALFORMED}:"))
    options = {"ignoreNullFields": "false"}
    return records.select(
        F.lit(source).alias("source"),
        F.coalesce(F.substring_index("reject_reason", ":", 1), unmatched).alias("reason"),
        F.when(is_malformed, F.to_json(F.struct("fields.*", wrong_fields.alias("malformed_fields")), options))
        .otherwise(F.to_json("fields", options))
        .alias("record"),
    )
