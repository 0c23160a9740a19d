"""Files of review tasks and of answers to them: which tasks a file names, and the file without some of them."""

import csv
import io
import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from lib.whole_files import write_whole

_SUFFIXES = (".json", ".csv")
_TASK_ID = "task_id"
_DELIMITERS = (",", ";", "\t")
_BYTE_ORDER_MARK = "\ufeff"
_UNFINISHED = ".*.unfinished"


def task_files(folder: Path) -> list[Path]:
    """The files in `folder` and below that may hold tasks, with what a killed export has left behind."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES]
    return sorted(path for path in {*found, *folder.rglob(_UNFINISHED)} if path.is_file() and not path.is_symlink())


def tasks_in(path: Path) -> set[str] | None:
    """The ids of the tasks that a file names; null if it cannot be read as one."""
    entries = _entries(path)
    return None if entries is None else {task_id for task_id, _ in entries if task_id is not None}


def remove_tasks(path: Path, task_ids: Collection[str]) -> None:
    """Write the file anew without these tasks; it is whole at every moment, and gone if nothing is left."""
    entries = _entries(path) or []
    kept = [entry for task_id, entry in entries if task_id not in task_ids]
    if not any(task_id is not None and task_id not in task_ids for task_id, _ in entries):
        path.unlink()
        return
    text = _json_text(kept) if path.suffix.lower() == ".json" else _csv_text(kept, _delimiter(path))
    has_mark = path.read_bytes().startswith(_BYTE_ORDER_MARK.encode())
    write_whole(path, (_BYTE_ORDER_MARK if has_mark else "") + text)


def _entries(path: Path) -> list[tuple[str | None, Any]] | None:
    """Every task or row with the id it names; the header of a CSV file names none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return _json_entries(text) if path.suffix.lower() == ".json" else _csv_entries(text, _delimiter(path))
    except (ValueError, RecursionError, csv.Error):
        return None


def _json_entries(text: str) -> list[tuple[str | None, Any]] | None:
    tasks = json.loads(text)
    if not isinstance(tasks, list):
        return None
    data = [task.get("data") if isinstance(task, dict) else None for task in tasks]
    named = [entry.get(_TASK_ID) if isinstance(entry, dict) else None for entry in data]
    return [(name if isinstance(name, str) else None, task) for name, task in zip(named, tasks, strict=True)]


def _csv_entries(text: str, delimiter: str) -> list[tuple[str | None, Any]] | None:
    csv.field_size_limit(max(len(text), 131_072))
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [name.strip() for name in rows[0]] if rows else []
    if _TASK_ID not in header:
        return None
    place = header.index(_TASK_ID)
    return [(None, rows[0]), *((row[place].strip() if len(row) > place else None, row) for row in rows[1:])]


def _delimiter(path: Path) -> str:
    header = re.split(r"[\r\n]", path.read_bytes().decode("utf-8-sig"), maxsplit=1)[0]
    return max(_DELIMITERS, key=header.count)


def _json_text(tasks: list[Any]) -> str:
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _csv_text(rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
