"""What the specification makes of a day's logs, in plain Python: no Spark, and nothing shared with lib/units.

A record is a dict of the contract's fields. A text is `str`, or `bytes` where it may be no UTF-8; a time is in
microseconds since 1970, UTC; scores are a list of (key, value), as a file may hold a key twice.
"""

import hashlib
import hmac
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

Record = Mapping[str, Any]
Text = bytes | None

DAY_US = 86_400_000_000
LOG_FIELDS = {
    "query_log": ("query_id", "user_id", "session_id", "surface", "country", "language", "query_text", "event_ts"),
    "response_log": ("response_id", "query_id", "response_text", "model_version", "event_ts", "platform_scores"),
    "pin_log": ("response_id", "pin_id", "slot", "image_signature", "image_url", "title", "viewed", "event_ts"),
}
PEOPLE = ("user_id", "session_id")
KEYS = {"query_log": ("query_id",), "response_log": ("response_id", "query_id"), "pin_log": ("response_id", "pin_id")}
# In what order deliveries are compared.
ORDER = {
    "query_log": ("event_ts", "user_id", "session_id", "surface", "country", "language", "query_text"),
    "response_log": ("response_id", "event_ts", "response_text", "model_version", "platform_scores"),
    "pin_log": ("slot", "pin_id", "viewed", "event_ts", "image_signature", "image_url", "title"),
}
TEXTS_OF_SIZE = {
    "query_log": ("user_id", "session_id", "surface", "country", "language", "query_text"),
    "response_log": ("response_id", "response_text", "model_version"),
    "pin_log": ("pin_id", "image_signature", "image_url", "title"),
}
WITHOUT_WIDTH = "\0\u200b\u200c\u200d\u2060\ufeff"


@dataclass
class ExpectedDay:
    """Units by unit_id, quarantined records, and the account: rows in, used, duplicate, quarantined of every log."""

    units: dict[str, dict[str, Any]] = field(default_factory=dict)
    quarantined: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    account: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0, 0, 0] for name in LOG_FIELDS})


def expected_day(
    logs: Mapping[str, Sequence[Record]],
    *,
    ds: date,
    key: bytes,
    maximum_deliveries: int = 100_000,
    maximum_bytes: int = 32 * 1024**2,
) -> ExpectedDay:
    """Units, quarantine and account of the day."""
    day = ExpectedDay()
    midnight = int(datetime(ds.year, ds.month, ds.day, tzinfo=UTC).timestamp()) * 1_000_000
    limits = (maximum_deliveries, maximum_bytes)
    queries, responses, pins = (
        _groups(day, log, _usable(day, log, logs[log], midnight, key), parent, limits)
        for log, parent in (("query_log", "query_id"), ("response_log", "query_id"), ("pin_log", "response_id"))
    )
    for query_id in responses.keys() - queries.keys():
        for record in responses[query_id]:
            _reject(day, "response_log", record, _unmatched(record, midnight, "orphan_response"))
    claimed: set[bytes] = set()
    for query_id, deliveries in sorted(queries.items()):
        day.account["query_log"][1] += 1
        day.account["query_log"][2] += len(deliveries) - 1
        by_id: dict[bytes, list[dict[str, Any]]] = defaultdict(list)
        for record in responses.get(query_id, []):
            by_id[record["response_id"]].append(record)
        for rank, (response_id, answers) in enumerate(sorted(by_id.items())):
            # What several queries claim belongs to the first of them.
            shown = [] if response_id in claimed else pins.get(response_id, [])
            claimed.add(response_id)
            _add_unit(day, deliveries, answers, rank, shown)
        if not by_id:
            _add_unit(day, deliveries, [], 0, [])
    for response_id in pins.keys() - claimed:
        for record in pins[response_id]:
            _reject(day, "pin_log", record, _unmatched(record, midnight, "orphan_pin"))
    return day


def _usable(
    day: ExpectedDay, log: str, records: Sequence[Record], midnight: int, key: bytes
) -> Iterator[dict[str, Any]]:
    """The records with which nothing is wrong; the others are rejected."""
    for record in records:
        day.account[log][0] += 1
        clean = _clean(log, record, key)
        reasons = [reason for reason, applies in _faults(log, clean, midnight) if applies]
        if reasons:
            _reject(day, log, clean, reasons[0])
        else:
            yield clean


def unit_id(query_id: bytes, response_id: Text) -> str:
    """32 hex digits; no two pairs of ids are written the same."""
    parts = [part.replace(b"\x1e", b"\x1e0").replace(b"\x1f", b"\x1e1") for part in (query_id, response_id or b"")]
    return hashlib.sha256(b"\x1f".join(parts)).hexdigest()[:32]


def person_key(identifier: Text, key: bytes) -> bytes | None:
    """HMAC of the bytes; a blank id is nobody's."""
    if identifier is None or _is_blank(identifier.decode("utf-8", "replace")):
        return None
    return hmac.new(key, identifier, hashlib.sha256).hexdigest().encode()


def _clean(log: str, record: Record, key: bytes) -> dict[str, Any]:
    """People's ids as keyed hashes, texts as valid UTF-8, each score once."""
    clean: dict[str, Any] = {"malformed_fields": record.get("malformed_fields")}
    for name in LOG_FIELDS[log]:
        value = record.get(name)
        if isinstance(value, str):
            value = value.encode("utf-8")
        if name in PEOPLE:
            value = person_key(value, key)
        elif isinstance(value, bytes):
            value = value.decode("utf-8", "replace").encode("utf-8")
        clean[name] = value
    if clean.get("platform_scores") is not None:
        clean["platform_scores"] = _scores_once(clean["platform_scores"])
    if log == "pin_log":
        clean["viewed"] = clean["viewed"] is True
    return clean


def _scores_once(entries: Sequence[tuple[Any, float | None]]) -> tuple[tuple[bytes, float | None], ...]:
    """Sorted by name; of a name's values the largest, NaN above all, nothing below all."""
    valid = []
    for name, value in entries:
        raw = name if isinstance(name, bytes) else str(name).encode("utf-8")
        valid.append((raw.decode("utf-8", "replace").encode("utf-8"), value))
    in_order = sorted(valid, key=lambda entry: (entry[0], _rank(entry[1])))
    return tuple(sorted(dict(in_order).items()))


def _faults(log: str, record: Record, midnight: int) -> Iterator[tuple[str, bool]]:
    """Every reason in the order in which they count, and whether it applies."""
    keys = [None if record[name] is None else record[name].decode("utf-8") for name in KEYS[log]]
    yield "malformed_record", bool(record["malformed_fields"])
    yield "missing_key", any(key is None or _is_blank(key) for key in keys)
    yield "invalid_key", any("\ufffd" in (key or "") for key in keys)
    event = record["event_ts"]
    yield "invalid_timestamp", event is None or not midnight - 30 * DAY_US <= event < midnight + 2 * DAY_US
    if log == "query_log":
        surface = record["surface"]
        yield "late_event", event is not None and event < midnight
        yield "missing_surface", surface is None or _is_blank(surface.decode("utf-8"))
    if log == "pin_log":
        yield "invalid_slot", record["slot"] is None or record["slot"] < 0


def _is_blank(text: str) -> bool:
    return all(character.isspace() or character in WITHOUT_WIDTH for character in text)


def _unmatched(record: Record, midnight: int, orphan: str) -> str:
    return "late_event" if record["event_ts"] < midnight else orphan


def _groups(
    day: ExpectedDay, log: str, records: Iterable[dict[str, Any]], parent: str, limits: tuple[int, int]
) -> dict[bytes, list[dict[str, Any]]]:
    """Deliveries by their parent's id, in order, as many as the limits allow; the surplus is quarantined."""
    groups: dict[bytes, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        groups[record[parent]].append(record)
    for name, deliveries in groups.items():
        deliveries.sort(key=lambda record: [_rank(record[column]) for column in ORDER[log]])
        kept, n_bytes = [], 0
        for position, record in enumerate(deliveries):
            if position < limits[0] and n_bytes < limits[1]:
                kept.append(record)
            else:
                _reject(day, log, record, "surplus_delivery")
            n_bytes += 100 + sum(len(record[column] or b"") for column in TEXTS_OF_SIZE[log])
            n_bytes += sum(len(k) + 16 for k, _ in record.get("platform_scores") or ())
        groups[name] = kept
    return groups


def _rank(value: Any) -> tuple[Any, ...]:
    """Sort key: null first, NaN last, lists by their elements."""
    if value is None:
        return (0,)
    if isinstance(value, tuple):
        return (1, *[(_rank(k), _rank(v)) for k, v in value])
    if isinstance(value, float) and math.isnan(value):
        return (2,)
    return (1, value)


def _reject(day: ExpectedDay, log: str, record: Record, reason: str) -> None:
    day.account[log][3] += 1
    day.quarantined[(log, reason, *quarantined_fields(log, record))] += 1


def quarantined_fields(log: str, record: Record) -> list[Any]:
    """What must stand in the quarantine's record, but for times and scores."""
    shown: list[Any] = []
    for name in LOG_FIELDS[log]:
        value = record[name]
        if name not in ("event_ts", "platform_scores"):
            shown.append(value.decode("utf-8") if isinstance(value, bytes) else value)
    malformed = tuple(record["malformed_fields"] or ())
    # How far a parser comes in what is no record is its own affair.
    return [*([None] * len(shown) if malformed == ("*",) else shown), malformed]


def _add_unit(
    day: ExpectedDay,
    queries: Sequence[Record],
    answers: Sequence[Record],
    rank: int,
    shown: Sequence[Record],
) -> None:
    query = queries[0]
    answer = answers[0] if answers else None
    by_pin: dict[tuple[int, bytes], Record] = {}
    for pin in shown:  # the last in order: a viewed one, the latest
        by_pin[pin["slot"], pin["pin_id"]] = pin
    pins = [by_pin[name] for name in sorted(by_pin)]
    if answer is not None:
        day.account["response_log"][1] += 1
        day.account["response_log"][2] += len(answers) - 1
    day.account["pin_log"][1] += len(pins)
    day.account["pin_log"][2] += len(shown) - len(pins)
    response_id = answer["response_id"] if answer else None
    day.units[unit_id(query["query_id"], response_id)] = {
        "query_id": _text(query["query_id"]),
        "response_id": _text(response_id),
        "response_rank": rank,
        "user_key": _text(query["user_id"]),
        "session_key": _text(query["session_id"]),
        "surface": _text(query["surface"]),
        "country": _known(query["country"]),
        "language": _known(query["language"]),
        "has_content": True,
        "query_text": _text(query["query_text"]),
        "response_text": _text(answer["response_text"]) if answer else None,
        "model_version": _text(answer["model_version"]) if answer else None,
        "pins": [
            (pin["slot"], _text(pin["pin_id"]), pin["viewed"], *(_text(pin[n]) for n in ORDER["pin_log"][4:]))
            for pin in pins
        ],
        "pin_count": len(pins),
        "viewed_pin_count": sum(pin["viewed"] for pin in pins),
        "platform_scores": _scores(answer),
        "n_duplicate_queries": len(queries) - 1 if rank == 0 else 0,
        "n_duplicate_responses": len(answers) - 1 if answer else 0,
        "n_duplicate_pins": len(shown) - len(pins),
    }


def _scores(answer: Record | None) -> list[tuple[str, str]] | None:
    """Scores as text, so that NaN equals NaN."""
    if answer is None or answer["platform_scores"] is None:
        return None
    return [(k.decode("utf-8"), repr(None if v is None else float(v) + 0.0)) for k, v in answer["platform_scores"]]


def _text(value: Text) -> str | None:
    return None if value is None else value.decode("utf-8")


def _known(value: Text) -> str:
    return "unknown" if value is None or _is_blank(value.decode("utf-8")) else value.decode("utf-8")
