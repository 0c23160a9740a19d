"""The records of a day that are in no unit, each with its reason."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.units.deliveries import USABLE, original_key
from lib.units.record_checks import is_before_day, pin_fault, query_fault, response_fault


def quarantined_records(joined: DataFrame, *, ds: date) -> DataFrame:
    """One row per unused record: source, reason, record (JSON, with user_key and session_key in place of ids)."""
    queries = _records(
        joined, rejected="rejected_queries", parent={"query_id": "query_key"}, source="query_log",
        reason=query_fault(ds),
    )  # fmt: skip
    responses = _records(
        joined, rejected="rejected_responses", parent={"query_id": "query_key"}, source="response_log",
        reason=F.coalesce(response_fault(ds), _unmatched(ds, "orphan_response")),
    )  # fmt: skip
    pins = _records(
        joined, rejected="rejected_pins", parent={"response_id": "response_key"}, source="pin_log",
        reason=F.coalesce(pin_fault(ds), _unmatched(ds, "orphan_pin")),
    )  # fmt: skip
    return queries.unionByName(responses).unionByName(pins)


def _records(
    joined: DataFrame,
    *,
    rejected: str,
    parent: Mapping[str, str],
    source: str,
    reason: Column,
) -> DataFrame:
    ((parent_id, parent_key),) = parent.items()
    is_usable_group = F.col("match_class") == USABLE
    log_row = joined.where(F.col(rejected).isNotNull()).select(
        F.when(is_usable_group, F.col(parent_key)).otherwise(original_key(F.col(parent_key))).alias(parent_id),
        F.inline(rejected),
    )
    return log_row.select(
        F.lit(source).alias("source"),
        reason.alias("reason"),
        F.to_json(F.struct(*log_row.columns), {"ignoreNullFields": "false"}).alias("record"),
    )


def _unmatched(ds: date, orphan: str) -> Column:
    """Why a record without a parent has none: its parent came on an earlier day, or was lost."""
    return F.when(is_before_day(ds), "late_event").otherwise(orphan)
