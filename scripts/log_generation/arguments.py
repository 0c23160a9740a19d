"""Command-line arguments that every writer of logs has: which days, how much, which seed."""

import argparse
import datetime as dt
from pathlib import Path


def add_day_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --output, --start-ds, --days, --units-per-day and --seed."""
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="gets input/ and truth/")
    parser.add_argument("--start-ds", type=_date, required=True, metavar="YYYY-MM-DD", help="first day (UTC)")
    parser.add_argument("--days", type=_positive, default=1, metavar="N", help="days in a row (default 1)")
    parser.add_argument(
        "--units-per-day",
        type=_positive,
        default=10_000,
        metavar="N",
        help="interaction units a day, mean over the week; weekends have a few per cent more (default 10000)",
    )
    parser.add_argument(
        "--seed", type=_seed, default=0, metavar="N", help="the same seed gives the same rows (default 0)"
    )


def number_up_to(text: str, largest: float) -> float:
    """Read a number in [0, `largest`]; raises argparse.ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= largest:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number between 0 and {largest:g}")
    return value


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"`{text}` is not a date; write it as 2025-03-31") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number of at least 0")
    return int(text)
