"""Reads the series of a table as readings of streams."""

import argparse
from datetime import date

import numpy as np

from lib.monitoring.detection.readings import ALL, Reading, StreamKey
from schemas.contracts.monitoring_settings import Family
from schemas.errors import ConfigurationError
from scripts.labelled_tables.columns import NON_NEGATIVE, Columns
from scripts.labelled_tables.table_file import read_table


def read_series(args: argparse.Namespace) -> list[Reading]:
    """Return the readings of the file that the arguments name; each stream is called by its policy.

    Args:
        args: input, ds, value, std_error, events, stream

    Raises:
        MissingInputError: there is no such file
        ConfigurationError: a column does not fit, or a stream has two rows of one day

    """
    named = {args.ds: "--ds", args.value: "--value"}
    optional = {"--std-error": args.std_error, "--events": args.events, "--stream": args.stream}
    named |= {column: option for option, column in optional.items() if column is not None}
    columns = Columns(args.input, read_table(args.input, named))
    values = columns.numbers(args.value, "--value", NON_NEGATIVE, if_missing=None)
    n_rows = values.size
    errors = _numbers(columns, args.std_error, "--std-error", default=np.zeros(n_rows))
    events = _numbers(columns, args.events, "--events", default=np.full(n_rows, np.nan))
    names = columns.texts(args.stream, "--stream") if args.stream else ["all"] * n_rows
    family: Family = "prevalence" if args.std_error else "volume"
    readings: dict[tuple[str, date], Reading] = {}
    for row, (text, name) in enumerate(zip(columns.texts(args.ds, "--ds"), names, strict=True)):
        if np.isnan(values[row]):
            continue
        day = _day(str(text), columns, args.ds, row)
        if (name, day) in readings:
            raise ConfigurationError(f"{args.input}: stream `{name}` has two rows of {day}; give each day one.")
        key = StreamKey(family, str(name), "units", ALL, ALL)
        n_events = None if np.isnan(events[row]) else float(events[row])
        readings[name, day] = Reading(key, day, float(values[row]), float(errors[row]), n_events=n_events)
    if not readings:
        raise ConfigurationError(f"{args.input}: column `{args.value}` (--value) has no number; nothing to watch.")
    return list(readings.values())


def _numbers(
    columns: Columns, column: str | None, option: str, *, default: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.typing.NDArray[np.float64]:
    if column is None:
        return default
    given = columns.numbers(column, option, NON_NEGATIVE, if_missing=None)
    return np.where(np.isnan(given), default, given)


def _day(text: str, columns: Columns, column: str, row: int) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise ConfigurationError(
            f"{columns.path}: column `{column}` (--ds) is `{text[:40]}` in row {row + 1}; it must be a day, YYYY-MM-DD."
        ) from None
