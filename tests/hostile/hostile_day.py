"""A day of ordinary logs into which a seeded generator mixes everything that it knows to be hostile."""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from scripts import generate_logs
from tests.hostile import record_strategies as pools
from tests.hostile.expected_day import LOG_FIELDS

Logs = dict[str, list[dict[str, Any]]]

_POOLS: dict[str, Sequence[Any]] = {
    "query_id": pools.IDS,
    "response_id": pools.IDS,
    "pin_id": pools.IDS,
    "user_id": (*pools.BLANKS, b"u\xff", "canary-user@example.org", "x" * 5_000),
    "session_id": (*pools.BLANKS, b"\xc3", "canary-session"),
    "surface": pools.SURFACES,
    "country": pools.PLACES,
    "language": pools.PLACES,
    "query_text": pools.TEXTS,
    "response_text": pools.TEXTS,
    "title": pools.TEXTS,
    "model_version": pools.TEXTS,
    "image_signature": pools.TEXTS,
    "image_url": ("javascript:alert(1)", "file:///etc/passwd", "http://[::1", b"http://\xff/", *pools.TEXTS),
    "slot": pools.SLOTS,
    "viewed": (None, True, False),
}
_MEGABYTES = (
    "a" * 1_000_000,
    "word " * 200_000,
    "\u202e" * 350_000,
    "漢" * 340_000,
    "e\u0301" * 300_000,
    "\x00" * 1_000_000,
    b"\xff" * 1_000_000,
    "<" * 1_000_000,
    '"\\' * 500_000,
    "👩‍👩‍👧‍👦" * 40_000,
    "\n" * 1_000_000,
)


def ordinary_days(output: Path, first: date, *, n_days: int, n_units: int, seed: int) -> dict[date, Logs]:
    """Logs of generated days as records; their truth is written to `output`/truth."""
    arguments = ["--output", str(output / "ordinary"), "--start-ds", f"{first}", "--days", f"{n_days}"]
    numbers = ["--units-per-day", f"{n_units}", "--seed", f"{seed}", "--violation-rate-scale", "6", "--platform-scores"]
    if generate_logs.main([*arguments, *numbers]):
        raise RuntimeError("the generator refused its arguments")
    (output / "ordinary" / "truth").rename(output / "truth")
    days = [first + timedelta(days=offset) for offset in range(n_days)]
    return {
        day: {log: _records(output / "ordinary" / "input" / log / f"ds={day}", log) for log in LOG_FIELDS}
        for day in days
    }


def _records(folder: Path, log: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")):
        table = pq.ParquetFile(path).read()
        times = table.column("event_ts").cast("int64").to_pylist()
        for row, at in zip(table.to_pylist(), times, strict=True):
            rows.append({name: row.get(name) for name in LOG_FIELDS[log]} | {"event_ts": at})
    return rows


def hostile_day(logs: Logs, *, midnight_us: int, rng: random.Random) -> list[str]:
    """Spoil the `logs` of a day in place; returns what was done, in order."""
    done = []
    for name, deed in _DEEDS.items():
        if rng.random() < 0.5:
            deed(logs, midnight_us, rng)
            done.append(name)
    for records in logs.values():
        rng.shuffle(records)
    return done


def _odd_fields(logs: Logs, midnight: int, rng: random.Random) -> None:
    """A twelfth of the records with a field that somebody made up."""
    for records in logs.values():
        for record in rng.sample(records, len(records) // 12):
            name = rng.choice(list(record))
            if name == "event_ts":
                record[name] = rng.choice(pools.TIMES)
            elif name == "platform_scores":
                record[name] = [(rng.choice(pools.SCORE_KEYS), rng.choice(pools.SCORE_VALUES)) for _ in range(5)]
            else:
                record[name] = rng.choice(_POOLS[name])


def _keys_again_with_other_content(logs: Logs, midnight: int, rng: random.Random) -> None:
    keys = {"query_id", "response_id", "pin_id", "slot"}
    for records in logs.values():
        for record in rng.sample(records, len(records) // 20):
            other = rng.choice(records)
            records.append(other | {name: value for name, value in record.items() if name in keys})


def _crowded_response(logs: Logs, midnight: int, rng: random.Random) -> None:
    response_id = rng.choice(logs["response_log"])["response_id"]
    for slot in range(rng.choice((10_000, 12_000))):
        pin = {
            "response_id": response_id,
            "pin_id": f"crowd-{slot % 9_000}",
            "slot": slot % 9_500,
            "viewed": slot % 3 == 0,
        }
        logs["pin_log"].append(dict.fromkeys(LOG_FIELDS["pin_log"]) | pin | {"event_ts": midnight + slot})


def _huge_texts(logs: Logs, midnight: int, rng: random.Random) -> None:
    for log, name in (("query_log", "query_text"), ("response_log", "response_text"), ("pin_log", "title")):
        for record in rng.sample(logs[log], min(6, len(logs[log]))):
            record[name] = rng.choice(_MEGABYTES)
    for log, name in (("query_log", "query_id"), ("pin_log", "image_url"), ("query_log", "surface")):
        rng.choice(logs[log])[name] = rng.choice(_MEGABYTES)


def _one_person(logs: Logs, midnight: int, rng: random.Random) -> None:
    person = rng.choice(("everybody", "", None))
    for record in rng.sample(logs["query_log"], len(logs["query_log"]) // 2):
        record["user_id"] = person


def _one_query(logs: Logs, midnight: int, rng: random.Random) -> None:
    for log in ("query_log", "response_log"):
        for record in rng.sample(logs[log], len(logs[log]) // 2):
            record["query_id"] = "undefined"


def _one_response(logs: Logs, midnight: int, rng: random.Random) -> None:
    for log in ("response_log", "pin_log"):
        for record in rng.sample(logs[log], len(logs[log]) // 2):
            record["response_id"] = "[object Object]"


def _no_keys(logs: Logs, midnight: int, rng: random.Random) -> None:
    for log, records in logs.items():
        records += [dict.fromkeys(LOG_FIELDS[log]) for _ in range(2_000)]


def _invented_surfaces(logs: Logs, midnight: int, rng: random.Random) -> None:
    for record in rng.sample(logs["query_log"], len(logs["query_log"]) // 3):
        record["surface"] = f"surface {rng.randrange(10**9)} | <b>"
        record["country"] = f"{rng.randrange(10**9)}"


def _nonsense_scores(logs: Logs, midnight: int, rng: random.Random) -> None:
    """One policy's scores are NaN or beyond their range for most units."""
    for record in logs["response_log"]:
        if rng.random() < 0.7:
            value = rng.choice((float("nan"), float("inf"), -1.0, 2.0, None))
            record["platform_scores"] = [("adult_content", value), ("harassment", rng.random())]


def _endless_scores(logs: Logs, midnight: int, rng: random.Random) -> None:
    scores = [(f"policy {number % 4_000}", number / 5_000) for number in range(5_000)]
    rng.choice(logs["response_log"])["platform_scores"] = scores


def _nothing_seen(logs: Logs, midnight: int, rng: random.Random) -> None:
    for record in logs["pin_log"]:
        record["viewed"] = rng.choice((None, False))


def _half_a_day(logs: Logs, midnight: int, rng: random.Random) -> None:
    """A log of which nearly nothing came."""
    log = rng.choice(("response_log", "pin_log"))
    del logs[log][rng.choice((0, 5)) :]


def _wrong_clocks(logs: Logs, midnight: int, rng: random.Random) -> None:
    for records in logs.values():
        for record in rng.sample(records, len(records) // 5):
            record["event_ts"] = rng.choice(pools.TIMES)


_DEEDS: dict[str, Callable[[Logs, int, random.Random], None]] = {
    "odd fields": _odd_fields,
    "keys again": _keys_again_with_other_content,
    "wrong clocks": _wrong_clocks,
    "one person": _one_person,
    "one query": _one_query,
    "one response": _one_response,
    "invented surfaces": _invented_surfaces,
    "nonsense scores": _nonsense_scores,
    "endless scores": _endless_scores,
    "nothing seen": _nothing_seen,
    "crowded response": _crowded_response,
    "huge texts": _huge_texts,
    "half a day": _half_a_day,
    "no keys": _no_keys,
}
