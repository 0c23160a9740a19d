"""Reads answers from the CSV files that csv_tasks writes, after somebody filled them in."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from lib.csv_cells import unshielded
from lib.labelling.review_queue.csv_tasks import COLUMN_SEPARATOR, POLICY_COLUMNS, TASK_COLUMNS
from schemas.contracts.review_task import PolicyReview, ReviewAnswer
from schemas.errors import ContractError

_REQUIRED = (*TASK_COLUMNS, "reviewer")
# Spreadsheets of some countries save with the semicolon.
_DELIMITERS = (",", ";", "\t")
# Keeps the cells beyond the header; no column can have this name, because names are stripped.
_SURPLUS = "\n"
# A plain number below 1e9, with a decimal point or comma.
_SECONDS = re.compile(r"[0-9]{1,9}([.,][0-9]{1,20})?")


def read_csv_labels(text: str, file_name: str) -> list[ReviewAnswer]:
    """The answers in `text`, a CSV file with a header; rows without any verdict are tasks still open, and left out.

    Columns may be in any order and content columns may be missing. Raises ContractError for a missing column, one that
    is there twice, and quotation marks that do not match.
    """
    # A line may end with a lone carriage return, and only the header says what separates cells.
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    delimiter = max(_DELIMITERS, key=header.count)
    csv.field_size_limit(max(len(text), 131_072))
    # Strict: else a mark that is never closed swallows all rows below it in silence.
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey=_SURPLUS, restval="", strict=True)
    answers, position = [], -1
    try:
        policies = _policies(rows, file_name)
        position = 0
        for position, row in enumerate(rows, start=1):
            answers.append(_answer(row, policies, file_name=file_name, position=position))
    except csv.Error as error:
        raise ContractError(
            f"File {file_name} row {position + 1} (0 is the header): the quotation marks of a cell do not match; "
            "close them, double those inside a cell, and save the file again."
        ) from error
    return [answer for answer in answers if answer is not None]


def _policies(rows: "csv.DictReader[str]", file_name: str) -> list[str]:
    """The policies of the header's verdict columns; `rows` then knows its columns without blanks around their names."""
    columns = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = columns
    # Spreadsheets save empty columns at the end, all without a name.
    repeated = [name for name, n_columns in Counter(columns).items() if n_columns > 1 and name]
    if repeated:
        raise ContractError(
            f"File {file_name}: column `{repeated[0]}` is there more than once; keep the one with the answers."
        )
    missing = [name for name in _REQUIRED if name not in columns]
    policies = [name.split(COLUMN_SEPARATOR, 1)[1] for name in columns if name.startswith(f"verdict{COLUMN_SEPARATOR}")]
    if missing or not policies:
        lacking = missing[0] if missing else f"verdict{COLUMN_SEPARATOR}<policy>"
        raise ContractError(
            f"File {file_name}: column `{lacking}` is missing; fill in the file of tasks/ and keep its header."
        )
    return policies


def _answer(row: Mapping[str, str], policies: list[str], *, file_name: str, position: int) -> ReviewAnswer | None:
    if _SURPLUS in row:
        return ReviewAnswer(
            file_name=file_name,
            position=position,
            task_id=_cell(row, "task_id"),
            problem="the row has more cells than the header; quote cells that hold the separator",
        )
    reviews = {policy: _review(row, policy) for policy in policies}
    given = {policy: review for policy, review in reviews.items() if review != PolicyReview()}
    if not given:
        return None
    written_time = _cell(row, "answered_at")
    return ReviewAnswer(
        file_name=file_name,
        position=position,
        task_id=_cell(row, "task_id"),
        prompt_version=_cell(row, "prompt_version"),
        reviewer=_cell(row, "reviewer"),
        answered_at=time_of(written_time),
        written_time=written_time,
        seconds=_seconds(_cell(row, "seconds")),
        reviews=given,
        note=_cell(row, "note"),
    )


def _review(row: Mapping[str, str], policy: str) -> PolicyReview:
    verdict, components, severity = [_cell(row, f"{name}{COLUMN_SEPARATOR}{policy}") for name in POLICY_COLUMNS]
    named = tuple(name.strip() for name in (components or "").split(";") if name.strip())
    return PolicyReview(verdict=verdict, violating_components=named, severity=severity)


def time_of(text: str | None) -> datetime | None:
    """ISO 8601 `text` as a time in UTC; a time without a zone is UTC; None if it is none."""
    try:
        time = datetime.fromisoformat(text or "")
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day of the calendar are none in every zone
        return None


def _cell(row: Mapping[str, str], name: str) -> str | None:
    return unshielded((row.get(name) or "").strip()) or None


def _seconds(text: str | None) -> float | None:
    """Time spent; what is no plain number of seconds is not known."""
    return float(text.replace(",", ".")) if text and _SECONDS.fullmatch(text) else None
