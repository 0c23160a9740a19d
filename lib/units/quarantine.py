"""The records of a day that are in no unit, each with its reason."""

from datetime import date
from typing import cast

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from lib.units.record_checks import MALFORMED, is_before_day


def quarantined_records(joined: DataFrame, *, ds: date) -> DataFrame:
    """One row per unused record: source, reason, record (JSON, with user_key and session_key in place of ids).

    The joined rows are read once.
    """
    records = [
        _records(joined, source, rejected, F.col(parent).alias(parent_id))
        for source, rejected, parent, parent_id in _REJECTED
    ]
    rejected = joined.where(~F.col("is_unit")).select("reject_reason", F.inline(F.concat(*records)))
    # Nothing is wrong with an orphan: its parent came on an earlier day, or was lost. A query has no parent.
    orphan = F.replace("source", F.lit("_log"), F.lit(""))
    unmatched = (
        F.when(F.col("source") == "query_log", None)
        .when(is_before_day(ds), "late_event")
        .otherwise(F.concat(F.lit("orphan_"), orphan))
    )
    reason = F.coalesce(F.substring_index("reject_reason", ":", 1), unmatched)
    return rejected.select("source", reason.alias("reason"), "record")


# Log, its rejected deliveries, and where their parent's id is and what it is called.
_REJECTED = (
    ("query_log", "rejected_queries", "query_key", "query_id"),
    ("response_log", "rejected_responses", "query_key", "query_id"),
    ("pin_log", "rejected_pins", "response_key", "response_id"),
)


def _records(joined: DataFrame, source: str, rejected: str, parent_id: Column) -> Column:
    """The deliveries of the array `rejected` as structs (source, event_ts, record), with their parent's id."""
    deliveries = cast(ArrayType, joined.schema[rejected].dataType)
    names = cast(StructType, deliveries.elementType).fieldNames()
    # What is wrong with a malformed record follows its reason: malformed_record:slot,viewed.
    wrong_fields = F.split(F.substr("reject_reason", F.instr("reject_reason", ":") + 1), ",")
    is_malformed = F.startswith("reject_reason", F.lit(f"{MALFORMED}:"))
    options = {"ignoreNullFields": "false"}

    def record(delivery: Column) -> Column:
        fields = [parent_id, *[delivery[name].alias(name) for name in names]]
        as_json = F.when(
            is_malformed, F.to_json(F.struct(*fields, wrong_fields.alias("malformed_fields")), options)
        ).otherwise(F.to_json(F.struct(*fields), options))
        return F.struct(F.lit(source).alias("source"), delivery["event_ts"].alias("event_ts"), as_json.alias("record"))

    return F.coalesce(F.transform(rejected, record), F.array())
