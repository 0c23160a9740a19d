"""Which input records cannot be used, and why: one Column per log, null where the record is usable.

The first reason that applies counts; the reasons are the closed list of schemas/quarantine.py. The columns are strings
without invalid bytes (lib/units/readable_text.py).
"""

from datetime import date, timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F

from lib.units.readable_text import REPLACEMENT, is_blank

MALFORMED = "malformed_record"

_DAYS_BEFORE = 30
_DAYS_AFTER = 2


def is_before_day(ds: date) -> Column:
    """Whether `event_ts` lies before `ds` began, UTC."""
    return F.col("event_ts") < _midnight(ds)


def query_fault(ds: date) -> Column:
    """Reason why a row of query_log is unusable.

    A query that belongs to an earlier day is unusable even alone: its unit is counted on its own day.
    """
    return F.coalesce(
        _key_fault("query_id"),
        F.when(_is_far_from_day(ds), "invalid_timestamp")
        .when(is_before_day(ds), "late_event")
        .when(is_blank(F.col("surface")), "missing_surface"),
    )


def response_fault(ds: date) -> Column:
    """Reason why a row of response_log is unusable whatever its query."""
    return F.coalesce(_key_fault("response_id", "query_id"), F.when(_is_far_from_day(ds), "invalid_timestamp"))


def pin_fault(ds: date) -> Column:
    """Reason why a row of pin_log is unusable whatever its response."""
    return F.coalesce(
        _key_fault("response_id", "pin_id"),
        F.when(_is_far_from_day(ds), "invalid_timestamp").when(
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


def _is_far_from_day(ds: date) -> Column:
    event_ts = F.col("event_ts")
    earliest, latest = _midnight(ds - timedelta(days=_DAYS_BEFORE)), _midnight(ds + timedelta(days=_DAYS_AFTER))
    return event_ts.isNull() | (event_ts < earliest) | (event_ts >= latest)


def _midnight(ds: date) -> Column:
    return F.lit(f"{ds:%Y-%m-%d} 00:00:00").cast("timestamp")
