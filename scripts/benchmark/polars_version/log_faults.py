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
    late, missing = _reason("late_event", is_before(ds)), _reason("missing_surface", is_blank("surface"))
    return pl.coalesce(_key_fault("query_id"), _time_fault(ds), late, missing)


def response_fault(ds: dt.date) -> pl.Expr:
    """Of a row of response_log."""
    return pl.coalesce(_key_fault("response_id", "query_id"), _time_fault(ds))


def pin_fault(ds: dt.date) -> pl.Expr:
    """Of a row of pin_log."""
    has_no_slot = pl.col("slot").is_null() | (pl.col("slot") < 0)
    return pl.coalesce(_key_fault("response_id", "pin_id"), _time_fault(ds), _reason("invalid_slot", has_no_slot))


def is_before(ds: dt.date) -> pl.Expr:
    """Whether the event belongs to an earlier day."""
    return pl.col("event_ts") < _midnight(ds)


def _key_fault(*keys: str) -> pl.Expr:
    missing = pl.any_horizontal([is_blank(key) for key in keys])
    damaged = pl.any_horizontal([pl.col(key).str.contains(REPLACEMENT, literal=True) for key in keys])
    return pl.coalesce(_reason("missing_key", missing), _reason("invalid_key", damaged))


def _time_fault(ds: dt.date) -> pl.Expr:
    event_ts = pl.col("event_ts")
    is_far = event_ts.is_null() | (event_ts < _midnight(ds, EARLIEST)) | (event_ts >= _midnight(ds, LATEST))
    return _reason("invalid_timestamp", is_far)


def _reason(name: str, is_so: pl.Expr) -> pl.Expr:
    """`name` where something is so, null elsewhere."""
    return pl.when(is_so).then(pl.lit(name))


def _midnight(ds: dt.date, offset: dt.timedelta = dt.timedelta(0)) -> pl.Expr:
    return pl.lit(dt.datetime.combine(ds + offset, dt.time(), dt.UTC)).cast(pl.Datetime("us", "UTC"))
