"""JSON-lines logs as a hostile client writes them, and what the specification reads in a line."""

import json
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.hostile.expected_day import LOG_FIELDS, Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_TIMES = re.compile(r"\d{4,6}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?")
_INT_RANGE = range(-(2**31), 2**31)
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
# What stands where another type is promised.
WRONG_VALUES = (
    "123",
    "1.5",
    "true",
    '"text"',
    "{}",
    '{"$ne": null}',
    "[]",
    '["q1"]',
    "1e999",
    "99999999999",
    '""',
    "-0",
)
NO_OBJECTS = (
    b"not json", b"{", b'{"query_id": "q1"', b'[{"query_id": "q1"}]', b"null", b"42", b'"text"', b"[]", b"{}{}",
    b"{} x", b"{'query_id': 'q1'}", b'{"query_id": "a\x01b"}', b"\x00", b"\xff\xfe{}", b'{"query_id": "q1",}',
    b"[" * 5_000,
    b'{"query_id":' * 3_000, b'{"query_id": "q1"}], [{"query_id": "q2"}', b'{"query_id": "\\x"}', b"<xml/>",
    b"{}, {}",
)  # fmt: skip
HARMLESS_LINES = (b"", b"   ", b"\t\r")


def json_lines(log: str, records: Sequence[Record], rng: random.Random, *, fault_rate: float) -> list[bytes]:
    """A line for every record; a share of `fault_rate` of them is spoiled, and as many lines are none at all."""
    lines = []
    for record in records:
        lines.append(_line(log, record, rng, is_spoiled=rng.random() < fault_rate))
        if rng.random() < fault_rate:
            lines.append(rng.choice((*NO_OBJECTS, *HARMLESS_LINES)))
    return lines


def _line(log: str, record: Record, rng: random.Random, *, is_spoiled: bool) -> bytes:
    fields = [(name, _literal(name, record.get(name), rng)) for name in LOG_FIELDS[log] if rng.random() > 0.01]
    if is_spoiled and fields:
        spoiled = rng.randrange(len(fields))
        kind = rng.randrange(4)
        if kind < 2:
            fields[spoiled] = (fields[spoiled][0], rng.choice(WRONG_VALUES))
        elif kind == 2:
            fields.append((fields[spoiled][0], rng.choice(('"second"', "null", "7"))))
        else:
            fields.append((rng.choice(("unknown", "ds", "malformed_fields", "__proto__")), rng.choice(WRONG_VALUES)))
    body = ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields)
    return f"{{{body}}}".encode("utf-8", "surrogateescape")


def _literal(name: str, value: Any, rng: random.Random) -> str:
    if name == "event_ts" and value is not None:
        return _time_literal(value, rng)
    if name == "platform_scores" and value is not None:
        entries = [(k if isinstance(k, str) else k.decode("utf-8", "surrogateescape"), v) for k, v in value]
        return "{" + ", ".join(f"{_quoted(k, rng)}: {json.dumps(v)}" for k, v in entries) + "}"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    return _quoted(value, rng) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str, rng: random.Random) -> str:
    """Bytes that are no UTF-8 stay bytes, but for some that become escapes of half a character."""
    return json.dumps(text, ensure_ascii=rng.random() < 0.1)


def _time_literal(microseconds: int, rng: random.Random) -> str:
    try:
        at = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return str(microseconds)
    if rng.random() < 0.02:
        return rng.choice(('"yesterday"', '"12:30:00"', '"2026-02-30T00:00:00Z"', '""', str(microseconds), "{}"))
    written = at.replace(tzinfo=None).isoformat(sep=rng.choice("T "))
    return json.dumps(written + rng.choice(("", "Z", "+00:00")))


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs: a key may come twice."""


def read_line(log: str, line: bytes) -> Record | None:
    """The record in a line, as tests.hostile.expected_day takes it; None if it holds white space alone.

    Of a line that is no object only that is known: its fields are null.
    """
    text = line.decode("utf-8", "replace").lstrip(" \t\r\ufeff")
    if not text:
        return None
    nothing: dict[str, Any] = dict.fromkeys(LOG_FIELDS[log])
    try:
        pairs = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, _Object):
        return nothing | {"malformed_fields": ("*",)}
    found = dict(pairs)
    wrong = []
    record = dict(nothing)
    for name in LOG_FIELDS[log]:
        if found.get(name) is not None:
            record[name] = _READERS.get(name, _text)(found[name])
            if record[name] is None:
                wrong.append(name)
    if "platform_scores" in wrong and not isinstance(found["platform_scores"], _Object):
        wrong = ["*"]
    return record | {"malformed_fields": tuple(wrong) or None}


def _text(value: Any) -> str | None:
    return _HALF_CHARACTER.sub("\ufffd", value) if isinstance(value, str) else None


def _slot(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value in _INT_RANGE else None


def _viewed(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _time(value: Any) -> int | None:
    if not isinstance(value, str) or not _ISO_TIMES.fullmatch(value):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return _microseconds(at)


def _microseconds(at: datetime) -> int:
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1)


def _scores(value: Any) -> list[tuple[str, float | None]] | None:
    if not isinstance(value, _Object):
        return None
    numbers = [v for _, v in value if v is not None]
    if any(isinstance(v, bool) or not isinstance(v, int | float) for v in numbers):
        return None
    return [(_text(k) or "", None if v is None else float(v) + 0.0) for k, v in value]


_READERS: dict[str, Any] = {"slot": _slot, "viewed": _viewed, "event_ts": _time, "platform_scores": _scores}
