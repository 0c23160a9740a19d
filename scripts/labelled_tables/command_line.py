"""Command lines whose every refusal is one sentence on standard error, with exit code 2."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from lib.error_sentence import error_sentence
from schemas.errors import PlumblineError

USAGE_ERROR = 2
LARGEST_TOTAL = 1e60


class OneSentenceParser(argparse.ArgumentParser):
    """An argument parser that says what is wrong without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        """Say the sentence and leave with exit code 2."""
        self.exit(USAGE_ERROR, f"{self.prog}: {message}; --help lists the options.\n")


def table_parser(program: str, description: str | None) -> OneSentenceParser:
    """A parser of a program that reads one table: --input, and no abbreviations."""
    parser = OneSentenceParser(
        prog=program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--input", type=Path, required=True, metavar="FILE", help=".csv, .csv.gz or .parquet")
    return parser


def positive_integer(text: str) -> int:
    """Read an argument that is a whole number of 1 or more."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return number


def level(text: str) -> float:
    """Read an argument that is a confidence level in (0, 1)."""
    number = _number_or_nan(text)
    if not 0.0 < number < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a level in (0, 1); give 0.95 for 95 %")
    return number


def finite_number(text: str) -> float:
    """Read an argument that is a number, small enough for its square to be one."""
    number = _number_or_nan(text)
    if not abs(number) <= LARGEST_TOTAL:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at most {LARGEST_TOTAL:g}")
    return number


def positive_number(text: str) -> float:
    """Read an argument that is a finite number > 0."""
    number = finite_number(text)
    if number <= 0.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not > 0")
    return number


def exit_code_of(program: str, work: Callable[[], str]) -> int:
    """Print what `work` returns; an error that the user can mend becomes one sentence and exit code 2."""
    try:
        answer = work()
    except PlumblineError as error:
        print(f"{program}: {error_sentence(error)}", file=sys.stderr)
        return USAGE_ERROR
    print(answer)
    return 0


def _number_or_nan(text: str) -> float:
    try:
        # Python reads 1_0 as 10, which somebody may have meant otherwise.
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")
