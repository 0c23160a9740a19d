"""Logs of two days in which everybody's id and every text can be told again, sound records and broken ones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
USER, SESSION = "CANARY-USER-", "CANARY-SESSION-"
# What redaction must take out, in every text and title.
MAIL, PHONE, TOKEN = "canary.mail@example.org", "+1 212 555 0143", "canarytoken0143"
N_PEOPLE, N_QUERIES = 12, 6
PERSON = 3
"""Whose content is erased."""

_TIME = pa.timestamp("us", tz="UTC")
_SCHEMAS = {
    "query_log": pa.schema(
        [(name, pa.string()) for name in ("query_id", "user_id", "session_id", "surface", "country", "language")]
        + [("query_text", pa.string()), ("event_ts", _TIME)]
    ),
    "response_log": pa.schema(
        [(name, pa.string()) for name in ("response_id", "query_id", "response_text", "model_version")]
        + [("event_ts", _TIME), ("platform_scores", pa.map_(pa.string(), pa.float64()))]
    ),
    "pin_log": pa.schema(
        [("response_id", pa.string()), ("pin_id", pa.string()), ("slot", pa.int32())]
        + [(name, pa.string()) for name in ("image_signature", "image_url", "title")]
        + [("viewed", pa.bool_()), ("event_ts", _TIME), ("image_embedding", pa.list_(pa.float32()))]
    ),
}
Row = dict[str, Any]


def content_of(person: int, ds: date) -> str:
    """What stands in every text and image of one person on one day, and nowhere else."""
    return f"Zcontent{person:02}day{ds.day:02}"


def write_logs(folder: Path) -> None:
    for ds in (MONDAY, TUESDAY):
        rows: dict[str, list[Row]] = {name: [] for name in _SCHEMAS}
        for name, row in [*_sound_records(ds), *_broken_records(ds)]:
            rows[name].append(row)
        for name, schema in _SCHEMAS.items():
            (folder / name / f"ds={ds}").mkdir(parents=True)
            complete = [dict.fromkeys(schema.names) | row for row in rows[name]]
            pq.write_table(pa.Table.from_pylist(complete, schema=schema), folder / name / f"ds={ds}" / "part.parquet")


def _sound_records(ds: date) -> Iterator[tuple[str, Row]]:
    for person in range(N_PEOPLE):
        for number in range(N_QUERIES):
            yield from _interaction(person, ds, f"{ds.day}-{person}-{number}", number)
    # Delivered twice, the second time with another person's id.
    again = next(row for _, row in _interaction(0, ds, f"{ds.day}-0-0", 0))
    yield "query_log", again
    yield "query_log", again | {"user_id": f"{USER}91", "session_id": f"{SESSION}91"}
    # Logged out, and without a session.
    for _, row in _interaction(1, ds, f"{ds.day}-out", 0):
        yield "query_log", row | {"user_id": None, "session_id": None}
        break


def _interaction(person: int, ds: date, name: str, number: int) -> Iterator[tuple[str, Row]]:
    told, noon = content_of(person, ds), datetime(ds.year, ds.month, ds.day, 12, tzinfo=UTC)
    violates = "violates=harassment " if number % 2 else ""
    text = f"unit=u{person}n{number} fault=quotes told={told} {violates}write to {MAIL} or {PHONE}"
    yield "query_log", {
        "query_id": f"q-{name}", "user_id": f"{USER}{person}", "session_id": f"{SESSION}{person}",
        "surface": "search" if person % 2 else "home_feed", "country": "DE", "language": "en", "query_text": text,
        "event_ts": noon,
    }  # fmt: skip
    yield "response_log", {
        "response_id": f"r-{name}", "query_id": f"q-{name}", "response_text": f"answer {told} {MAIL}",
        "model_version": "m1", "event_ts": noon,
    }  # fmt: skip
    yield "pin_log", {
        "response_id": f"r-{name}", "pin_id": f"p-{name}", "slot": 0, "viewed": True, "event_ts": noon,
        "image_signature": f"signature{told}", "title": f"picture {told} by {MAIL}",
        "image_url": f"https://images.example/{told}/{number}.jpg?w=236&token={TOKEN}",
        "image_embedding": [float(person), float(number)],
    }  # fmt: skip


def _broken_records(ds: date) -> Iterator[tuple[str, Row]]:
    """Records that go to quarantine; those of PERSON are a query without a surface, and what hangs on it."""
    query, response, pin = (row for _, row in _interaction(PERSON, ds, f"{ds.day}-lost", 0))
    yield "query_log", query | {"surface": None}
    yield "response_log", response
    yield "pin_log", pin
    other = next(row for _, row in _interaction(5, ds, f"{ds.day}-odd", 0))
    broken: list[Row] = [
        {"query_id": None}, {"query_id": ""}, {"event_ts": None}, {"surface": ""},
        {"event_ts": datetime(2090, 1, 1, tzinfo=UTC)},
        {"event_ts": datetime(ds.year, ds.month, ds.day, tzinfo=UTC) - timedelta(hours=5)},
    ]  # fmt: skip
    for number, change in enumerate(broken):
        ids = {
            "user_id": f"{USER}8{number}",
            "session_id": f"{SESSION}8{number}",
            "query_id": f"q-{ds.day}-odd{number}",
        }
        yield "query_log", other | ids | change
    # A response of PERSON's that comes a day late: its query is not in its partition.
    if ds == TUESDAY:
        late = next(
            row for name, row in _interaction(PERSON, MONDAY, f"{MONDAY.day}-{PERSON}-0", 0) if name != "query_log"
        )
        yield "response_log", late | {"response_id": "r-late"}
    yield "pin_log", pin | {"slot": -1}
