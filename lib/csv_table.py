"""Records as a CSV file that any spreadsheet opens and none runs: a table of numbers and shielded texts."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from lib.csv_cells import shielded

_BYTE_ORDER_MARK = "\ufeff"


def csv_table(columns: Sequence[str], records: Iterable[Mapping[str, str | int | float | None]]) -> str:
    """Return `records` as CSV (RFC 4180): texts quoted and shielded, numbers in full, an empty cell for None."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(columns)
    for record in records:
        cells = (record[name] for name in columns)
        writer.writerow(["" if cell is None else shielded(cell) if isinstance(cell, str) else cell for cell in cells])
    return _BYTE_ORDER_MARK + text.getvalue()
