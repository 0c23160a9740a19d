"""Columns of a table as arrays, checked; what does not fit is refused by the column's name, its value and its row."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.errors import ConfigurationError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.object_]

_MISSING_NUMBERS = {"", "na", "nan", "null", "none"}
_TRUTHS = {"true": 1.0, "false": 0.0}
_YES_AND_NO = {"yes", "no", "y", "n", "t", "f", "ja", "nein", "violating", "not_violating", "not violating", "safe"}
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
# Products of a few such numbers, squared, are still numbers. Nothing that is counted or measured is beyond.
_LARGEST, _SMALLEST = 1e40, 1e-40
# More units than any population has; a sampled unit that stands for more of them has a mistyped probability.
_LARGEST_WEIGHT = 1e15


@dataclass(frozen=True)
class Rule:
    """What the numbers of a column must be.

    Attributes:
        wanted: completes "it must be ..."
        holds: from the numbers to whether each is right

    """

    wanted: str
    holds: Callable[[FloatArray], BoolArray]


ANY_NUMBER = Rule("a finite number", np.isfinite)
NON_NEGATIVE = Rule("a number >= 0", lambda x: np.isfinite(x) & (x >= 0.0))
POSITIVE = Rule("a number > 0", lambda x: np.isfinite(x) & (x > 0.0))
PROBABILITY = Rule("a probability in (0, 1]", lambda x: (x > 0.0) & (x <= 1.0))
INCLUSION_PROBABILITY = Rule(
    f"a probability in (0, 1], and {1.0 / _LARGEST_WEIGHT:g} or more: no sampled unit stands for more than "
    f"{_LARGEST_WEIGHT:g} units",
    lambda x: (x >= 1.0 / _LARGEST_WEIGHT) & (x <= 1.0),
)
WEIGHT = Rule(
    f"a number > 0, between {1.0 / _LARGEST_WEIGHT:g} and {_LARGEST_WEIGHT:g}: no sampled unit stands for more units "
    "than a population has",
    lambda x: (x >= 1.0 / _LARGEST_WEIGHT) & (x <= _LARGEST_WEIGHT),
)
OPEN_PROBABILITY = Rule("a number in (0, 1)", lambda x: (x > 0.0) & (x < 1.0))
VERDICT = Rule("1 (violating) or 0 (not)", lambda x: (x == 0.0) | (x == 1.0))


@dataclass(frozen=True, eq=False)
class Columns:
    """The table that columns are taken from.

    Attributes:
        path: where it was read
        frame: its rows; text, where it was a CSV

    """

    path: Path
    frame: pd.DataFrame

    def numbers(self, column: str, option: str, rule: Rule, *, if_missing: str | None) -> FloatArray:
        """Return a column of numbers; true and false are 1 and 0.

        Args:
            column: its name
            option: the option that names it
            rule: what each number must be
            if_missing: what to do about empty cells, for the message; None allows them, as NaN

        Raises:
            ConfigurationError: a cell is missing, no number, or against the rule

        """
        values, is_missing = _parsed(self.frame[column])
        named = f"{self.path}: column `{column}` ({option})"
        if if_missing is not None and is_missing.any():
            raise ConfigurationError(
                f"{named} is empty in {int(is_missing.sum())} of {values.size} rows, first in row "
                f"{_first(is_missing)}; {if_missing}."
            )
        is_wrong = ~is_missing & ~rule.holds(values)
        if is_wrong.any():
            cell = self.frame[column].iloc[_first(is_wrong) - 1]
            wanted = f"it must be {rule.wanted}{_hint(str(cell).strip())}"
            raise ConfigurationError(f"{named} is `{cell}` in row {_first(is_wrong)}; {wanted}.")
        size = np.abs(values)
        is_odd = (size > _LARGEST) | ((size > 0.0) & (size < _SMALLEST))
        if is_odd.any():
            cell = self.frame[column].iloc[_first(is_odd) - 1]
            raise ConfigurationError(
                f"{named} is `{cell}` in row {_first(is_odd)}; its size must be 0, or between {_SMALLEST:g} and "
                f"{_LARGEST:g}: correct it, or use another unit of measurement."
            )
        return values

    def texts(self, column: str, option: str) -> TextArray:
        """Return a column as text, as `str` writes its values; raises ConfigurationError if a cell is empty."""
        cells = self.frame[column]
        is_missing = cells.isna().to_numpy() | (cells.astype(str).str.strip() == "").to_numpy()
        if is_missing.any():
            raise ConfigurationError(
                f"{self.path}: column `{column}` ({option}) is empty in {int(is_missing.sum())} of {cells.size} rows, "
                f"first in row {_first(is_missing)}; write a value of its own there, such as unknown."
            )
        return cells.astype(str).to_numpy(dtype=object)


def _parsed(cells: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Return the numbers of a column, NaN where there is none, and which cells are empty."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        return values, np.isnan(values)
    texts = cells.astype(object).where(cells.notna(), "").astype(str).str.strip()
    # Python reads 0_1 as 1, where a table has it by mistake.
    is_underscored = texts.str.contains("_", regex=False).to_numpy(dtype=bool)
    try:
        values = texts.to_numpy(dtype=object).astype(np.float64)
    except ValueError:
        values = np.array([_number(text) for text in texts], dtype=np.float64)
    values = np.where(is_underscored, np.nan, values)
    is_missing = np.isnan(values) & texts.str.lower().isin(_MISSING_NUMBERS).to_numpy()
    return values, is_missing


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _TRUTHS.get(text.lower(), float("nan"))


def _hint(cell: str) -> str:
    """Say how to write what is no number."""
    if cell.lower() in _YES_AND_NO:
        return ": write 1 for yes or violating, and 0 for no"
    if _DECIMAL_COMMA.fullmatch(cell):
        return ": write decimals with a point"
    return ": write 50 % as 0.5" if cell.endswith("%") else ""


def _first(is_marked: BoolArray) -> int:
    """Return the row of the first mark, counted from 1 below the header."""
    return int(np.flatnonzero(is_marked)[0]) + 1
