"""Hostile records as Arrow tables: texts keep their bytes, whether they are UTF-8 or not."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from tests.hostile.expected_day import LOG_FIELDS, Record

TYPES = {
    "slot": pa.int32(),
    "viewed": pa.bool_(),
    "event_ts": pa.timestamp("us", tz="UTC"),
    "platform_scores": pa.map_(pa.string(), pa.float64()),
}


def log_table(log: str, records: Sequence[Record]) -> pa.Table:
    """The records of one log with the contract's columns but ds."""
    columns = {name: _column(name, [record.get(name) for record in records]) for name in LOG_FIELDS[log]}
    return pa.table(columns)


def _column(name: str, values: Sequence[Any]) -> pa.Array:
    if name not in TYPES:
        return _texts(values)
    if name != "platform_scores":
        return pa.array(values, TYPES[name])
    offsets: list[int | None] = [0]
    entries: list[tuple[Any, float | None]] = []
    for scores in values:
        entries += scores or []
        offsets.append(len(entries))
    # An entry of offsets that is null makes the map that begins there null.
    starts = [None if scores is None else start for start, scores in zip(offsets, values, strict=False)]
    keys, items = _texts([key for key, _ in entries]), pa.array([value for _, value in entries], pa.float64())
    return pa.MapArray.from_arrays(pa.array([*starts, len(entries)], pa.int32()), keys, items)


def _texts(values: Sequence[Any]) -> pa.Array:
    """A string column made of bytes that nobody looks at: `view` does not validate, as many writers do not."""
    as_bytes = [value.encode("utf-8") if isinstance(value, str) else value for value in values]
    return pa.array(as_bytes, pa.binary()).view(pa.string())
