"""Reads and writes a table as CSV or Parquet, whichever its name says."""

import csv
import gzip
import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from pyarrow import dataset

from lib.csv_cells import shielded, unshielded
from schemas.errors import ConfigurationError, MissingInputError

_CSV_SUFFIXES = (".csv", ".csv.gz")
_PARQUET_SUFFIXES = (".parquet", ".pq")
# Starts like a formula and is none: what is written as a number must be read as one.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FOREIGN_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_table(path: Path, columns: Mapping[str, str], *, all_columns: bool = False) -> pd.DataFrame:
    """Read a table.

    Args:
        path: a CSV file with a header (also .gz), a Parquet file, or a folder of Parquet files
        columns: the columns that must be there, with the option that names each
        all_columns: whether to read the others too

    Returns:
        the table; the cells of a CSV stay text, as they were written, without the shields of `write_table`

    Raises:
        MissingInputError: there is no such file
        ConfigurationError: the file is not what its name says, lacks a column, has one twice, or has no rows

    """
    if not path.exists():
        raise MissingInputError(f"{path} is not there; check --input.")
    kind = "CSV" if is_csv(path) else "Parquet"
    try:
        names = _header(path) if kind == "CSV" else list(dataset.dataset(path, partitioning="hive").schema.names)
        _check_names(path, names, columns)
        wanted = names if all_columns else [name for name in names if name in columns]
        frame = _read_csv(path, wanted) if kind == "CSV" else _read_parquet(path, wanted)
    except (ValueError, OSError, csv.Error, pd.errors.ParserWarning) as error:  # what pandas and pyarrow raise
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ConfigurationError(f"{path} cannot be read as {kind}: {reason}.") from None
    if frame.empty:
        raise ConfigurationError(f"{path} has no rows; there is nothing to work on.")
    return frame


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or Parquet; raises ConfigurationError if the place cannot be written.

    The texts of a CSV are shielded: a sample is opened in a spreadsheet to be labelled, and holds what strangers wrote.
    """
    try:
        if is_csv(path):
            # With both characters as line end, a cell that holds one of them is quoted.
            _shielded(frame).to_csv(path, index=False, lineterminator="\r\n")
        else:
            frame.to_parquet(path, index=False)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror or error}); check --output.") from None


def is_csv(path: Path) -> bool:
    """Whether the name says CSV; raises ConfigurationError if it says neither that nor Parquet."""
    name = path.name.lower()
    if name.endswith(_CSV_SUFFIXES):
        return True
    if name.endswith(_PARQUET_SUFFIXES) or path.is_dir():
        return False
    raise ConfigurationError(f"{path} is neither CSV nor Parquet by its name; let it end in .csv, .csv.gz or .parquet.")


def _shielded(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.select_dtypes(exclude=["number", "bool", "datetime"])
    cells = {str(name): texts[name].map(_shielded_cell) for name in texts}
    return frame.assign(**cells).rename(columns=_shielded_cell)


def _shielded_cell(value: object) -> object:
    return shielded(value) if isinstance(value, str) and not _NUMBER.fullmatch(value) else value


def _check_names(path: Path, names: Sequence[str], columns: Mapping[str, str]) -> None:
    for column, option in columns.items():
        if column not in names and (separator := _foreign_separator(names)):
            raise ConfigurationError(
                f"{path} has no column `{column}` ({option}): its columns are separated by {separator}; save it with "
                "commas between columns and points in decimals."
            )
        if column not in names:
            raise ConfigurationError(f"{path} has no column `{column}` ({option}); it has {', '.join(names)}.")
        if names.count(column) > 1:
            raise ConfigurationError(f"{path} has the column `{column}` ({option}) twice; rename one of them.")


def _foreign_separator(names: Sequence[str]) -> str | None:
    """Return what separates the columns of a header that was not written with commas, None if nothing does."""
    found = [name for sign, name in _FOREIGN_SEPARATORS.items() if sign in names[0]]
    return found[0] if found else None


def _header(path: Path) -> list[str]:
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as lines:
        names = next(csv.reader(lines), [])
    if not names:
        raise ValueError("it has no header")
    return [unshielded(name) for name in names]


def _read_csv(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    with warnings.catch_warnings():
        # a row with more cells than the header must not be cut, nor shift the columns
        warnings.simplefilter("error", pd.errors.ParserWarning)
        # read whole before choosing: with `usecols` pandas does not look at the length of rows
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig")
    return frame.rename(columns=unshielded)[list(columns)].map(unshielded, na_action="ignore")


def _read_parquet(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    frame: pd.DataFrame = dataset.dataset(path, partitioning="hive").to_table(columns=list(columns)).to_pandas()
    return frame
