"""Why a row of a log is unusable, as Polars expressions: null where it is usable (lib/units/record_checks.py)."""

import datetime as dt

import polars as pl

from scripts.benchmark.log_rules import BLANK_CHARACTERS, EARLIEST, LATEST, REPLACEMENT


def is_blank(name: str) -> pl.Expr:
    """Whether a text shows nothing; trimming is dear, and what is blank begins with a byte up to 0x20 or from 0xC2."""
    text = pl.col(name)
    may_be = (text < "!") | (text >= "\u0080")
    return text.is_null() | (may_be & (text.str.strip_chars(BLANK_CHARACTERS) == ""))


def query_fault(ds: dt.date) -> pl.Expr:
    """Of a row of query_log."""
    return (
        pl.when(_key_fault("query_id").is_not_null())
        .then(_key_fault("query_id"))
        .when(_is_far_from(ds))
        .then(pl.lit("invalid_timestamp"))
        .when(is_before(ds))
        .then(pl.lit("late_event"))
        .when(is_blank("surface"))
        .then(pl.lit("missing_surface"))
        .otherwise(None)
    )


def response_fault(ds: dt.date) -> pl.Expr:
    """Of a row of response_log."""
    return (
        pl.when(_key_fault("response_id", "query_id").is_not_null())
        .then(_key_fault("response_id", "query_id"))
        .when(_is_far_from(ds))
        .then(pl.lit("invalid_timestamp"))
        .otherwise(None)
    )


def pin_fault(ds: dt.date) -> pl.Expr:
    """Of a row of pin_log."""
    return (
        pl.when(_key_fault("response_id", "pin_id").is_not_null())
        .then(_key_fault("response_id", "pin_id"))
        .when(_is_far_from(ds))
        .then(pl.lit("invalid_timestamp"))
        .when(pl.col("slot").is_null() | (pl.col("slot") < 0))
        .then(pl.lit("invalid_slot"))
        .otherwise(None)
    )


def is_before(ds: dt.date) -> pl.Expr:
    """Whether the event belongs to an earlier day."""
    return pl.col("event_ts") < _midnight(ds)


def _key_fault(*keys: str) -> pl.Expr:
    missing = pl.any_horizontal([is_blank(key) for key in keys])
    damaged = pl.any_horizontal([pl.col(key).str.contains(REPLACEMENT, literal=True) for key in keys])
    return pl.when(missing).then(pl.lit("missing_key")).when(damaged).then(pl.lit("invalid_key")).otherwise(None)


def _is_far_from(ds: dt.date) -> pl.Expr:
    event_ts = pl.col("event_ts")
    return event_ts.is_null() | (event_ts < _midnight(ds, EARLIEST)) | (event_ts >= _midnight(ds, LATEST))


def _midnight(ds: dt.date, offset: dt.timedelta = dt.timedelta(0)) -> pl.Expr:
    return pl.lit(dt.datetime.combine(ds + offset, dt.time(), dt.UTC)).cast(pl.Datetime("us", "UTC"))
