"""Which input records cannot be used, and why: one Column per log, null where the record is usable.

The first reason that applies counts; the reasons are the closed list of schemas/quarantine.py.
"""

from datetime import date, timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

_DAYS_BEFORE = 30
_DAYS_AFTER = 2


def is_before_day(ds: date) -> Column:
    """Whether `event_ts` lies before `ds` began, UTC."""
    return F.col("event_ts") < _midnight(ds)


def query_fault(ds: date) -> Column:
    """Reason why a row of query_log is unusable.

    A query that belongs to an earlier day is unusable even alone: its unit is counted on its own day.
    """
    return (
        F.when(is_blank("query_id"), "missing_key")
        .when(_is_far_from_day(ds), "invalid_timestamp")
        .when(is_before_day(ds), "late_event")
        .when(is_blank("surface"), "missing_surface")
    )


def response_fault(ds: date) -> Column:
    """Reason why a row of response_log is unusable whatever its query."""
    has_no_key = is_blank("response_id") | is_blank("query_id")
    return F.when(has_no_key, "missing_key").when(_is_far_from_day(ds), "invalid_timestamp")


def pin_fault(ds: date) -> Column:
    """Reason why a row of pin_log is unusable whatever its response."""
    has_no_key = is_blank("response_id") | is_blank("pin_id")
    return (
        F.when(has_no_key, "missing_key")
        .when(_is_far_from_day(ds), "invalid_timestamp")
        .when(F.col("slot").isNull() | (F.col("slot") < 0), "invalid_slot")
    )


def is_blank(name: str) -> Column:
    """Whether the string column `name` is null or empty."""
    return F.col(name).isNull() | (F.col(name) == "")


def _is_far_from_day(ds: date) -> Column:
    event_ts = F.col("event_ts")
    earliest, latest = _midnight(ds - timedelta(days=_DAYS_BEFORE)), _midnight(ds + timedelta(days=_DAYS_AFTER))
    return event_ts.isNull() | (event_ts < earliest) | (event_ts >= latest)


def _midnight(ds: date) -> Column:
    return F.lit(f"{ds:%Y-%m-%d} 00:00:00").cast("timestamp")
