"""Which input records cannot be used, and why: one Column per log, null where the record is usable.

The first reason that applies counts; the reasons are the closed list of schemas/quarantine.py. The columns are strings
without invalid bytes (lib/units/readable_text.py). Times are compared with the row's own `ds`, its partition's day: a
day in the condition itself would make another program of it every day, which Spark would generate and compile anew.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from lib.units.readable_text import REPLACEMENT, is_blank

MALFORMED = "malformed_record"

_DAYS_BEFORE = 30
_DAYS_AFTER = 2
_MICROSECONDS = 86_400_000_000


def is_before_day(day: Column) -> Column:
    """Whether `event_ts` lies before the date `day` began, UTC."""
    return F.unix_micros("event_ts") < _midnight(day)


def query_fault() -> Column:
    """Reason why a row of query_log is unusable.

    A query that belongs to an earlier day is unusable even alone: its unit is counted on its own day.
    """
    return F.coalesce(
        _key_fault("query_id"),
        F.when(_is_far_from_day(), "invalid_timestamp")
        .when(is_before_day(F.col("ds")), "late_event")
        .when(is_blank(F.col("surface")), "missing_surface"),
    )


def response_fault() -> Column:
    """Reason why a row of response_log is unusable whatever its query."""
    return F.coalesce(_key_fault("response_id", "query_id"), F.when(_is_far_from_day(), "invalid_timestamp"))


def pin_fault() -> Column:
    """Reason why a row of pin_log is unusable whatever its response."""
    return F.coalesce(
        _key_fault("response_id", "pin_id"),
        F.when(_is_far_from_day(), "invalid_timestamp").when(
            F.col("slot").isNull() | (F.col("slot") < 0), "invalid_slot"
        ),
    )


def _key_fault(*keys: str) -> Column:
    """What is wrong with the record as a whole, or with one of its ids.

    A malformed record's reason is followed by a colon and the names of the fields that are not as the contract says.
    """
    is_missing, is_damaged = F.lit(False), F.lit(False)
    for key in keys:
        is_missing = is_missing | is_blank(F.col(key))
        # Two ids that lost bytes may look the same: such a record could be anybody's.
        is_damaged = is_damaged | F.contains(F.col(key), F.lit(REPLACEMENT))
    malformed = F.concat(F.lit(f"{MALFORMED}:"), F.array_join("malformed_fields", ","))
    return (
        F.when(F.col("malformed_fields").isNotNull(), malformed)
        .when(is_missing, "missing_key")
        .when(is_damaged, "invalid_key")
    )


def _is_far_from_day() -> Column:
    event_ts, day = F.unix_micros("event_ts"), F.col("ds")
    is_far = (event_ts < _midnight(day, after=-_DAYS_BEFORE)) | (event_ts >= _midnight(day, after=_DAYS_AFTER))
    return event_ts.isNull() | is_far


def _midnight(day: Column, *, after: int = 0) -> Column:
    """When the day so many days `after` a date begins, UTC, in microseconds since 1970."""
    return (F.unix_date(day) + after).cast("bigint") * _MICROSECONDS
