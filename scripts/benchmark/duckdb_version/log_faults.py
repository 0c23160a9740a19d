"""Why a row of a log is unusable, as SQL: null where it is usable. The rules of lib/units/record_checks.py."""

from datetime import date

from scripts.benchmark.log_rules import EARLIEST, LATEST, midnight

# Set once a connection: what cannot stand in a statement as text.
BLANK, INNER_PAD, OUTER_PAD = "getvariable('blank')", "getvariable('inner_pad')", "getvariable('outer_pad')"


def is_blank(text: str) -> str:
    """Whether `text` shows nothing; trimming is dear, and what is blank begins with a byte up to 0x20 or from 0xC2."""
    return f"({text} IS NULL OR (({text} < '!' OR {text} >= chr(128)) AND trim({text}, {BLANK}) = ''))"


def keyed_hash(identifier: str) -> str:
    """HMAC-SHA-256 of an id, hex digits; null for a blank one (RFC 2104)."""
    inner = f"sha256({INNER_PAD} || encode({identifier}))"
    return f"CASE WHEN NOT {is_blank(identifier)} THEN sha256({OUTER_PAD} || unhex({inner})) END"


def query_fault(ds: date) -> str:
    """Of a row of query_log."""
    return (
        f"CASE {_key_faults('query_id')} WHEN {_is_far_from(ds)} THEN 'invalid_timestamp' "
        f"WHEN event_ts < TIMESTAMPTZ '{midnight(ds)}' THEN 'late_event' "
        f"WHEN {is_blank('surface')} THEN 'missing_surface' END"
    )


def response_fault(ds: date) -> str:
    """Of a row of response_log."""
    return f"CASE {_key_faults('response_id', 'query_id')} WHEN {_is_far_from(ds)} THEN 'invalid_timestamp' END"


def pin_fault(ds: date) -> str:
    """Of a row of pin_log."""
    return (
        f"CASE {_key_faults('response_id', 'pin_id')} WHEN {_is_far_from(ds)} THEN 'invalid_timestamp' "
        "WHEN slot IS NULL OR slot < 0 THEN 'invalid_slot' END"
    )


def unmatched(ds: date, orphan: str, event_ts: str) -> str:
    """Why a record without its parent is not used: its parent's day is over, or the parent was lost."""
    return f"CASE WHEN {event_ts} < TIMESTAMPTZ '{midnight(ds)}' THEN 'late_event' ELSE '{orphan}' END"


def text_bytes(*names: str) -> str:
    """Bytes of texts."""
    return " + ".join(f"coalesce(strlen({name}), 0)" for name in names)


def _key_faults(*keys: str) -> str:
    missing = " OR ".join(is_blank(key) for key in keys)
    damaged = " OR ".join(f"contains({key}, chr(65533))" for key in keys)
    return f"WHEN {missing} THEN 'missing_key' WHEN {damaged} THEN 'invalid_key'"


def _is_far_from(ds: date) -> str:
    earliest, latest = midnight(ds, EARLIEST), midnight(ds, LATEST)
    return f"(event_ts IS NULL OR event_ts < TIMESTAMPTZ '{earliest}' OR event_ts >= TIMESTAMPTZ '{latest}')"
