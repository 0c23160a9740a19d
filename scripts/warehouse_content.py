"""What a folder of tables and files holds, in a form that is equal for two runs that wrote the same."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

# Where a table's row says when it was written: by the clock of the run, not by the data.
_TIMES = re.compile(r".*_at")
# How long something took is never the same twice; a check tells its least and its greatest.
_DURATION = "seconds"
# What a model's server names anew for each answer.
_ANSWERS, _NAMED_BY_A_SERVER = "llm_answers", "response_id"
_NEVER_BY_THE_CLOCK = {"queried_at"}
# What identifies rows that have such times in them: hashes of content, and names made from those.
_MADE_OF_TIMES = {
    "made_of", "fingerprints", "inputs_hash", "release_id", "previous_release_id", "restated_release_id",
}  # fmt: skip
# How pages show them.
_TIME_SHOWN = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d{2}:\d{2} UTC")
_RELEASE_SHOWN = re.compile(r"\b\d{4}-\d{2}-\d{2}-[0-9a-f]{16}\b")
# A page names the run that made it, which may have written no row.
_RUN_SHOWN = re.compile(r"(?<=<dt>Run</dt><dd>)[^<]+")
# The gate whose figure is how old a day was when it was released.
_AGE = "age"
# What every run that removes content notes for itself: where it was, and how much it found there. A run that goes on
# after a killed one finds what that has left.
_REMOVALS, _FOUND_BY_A_RUN = "content_removals", {"n_removed", "removed_at"}
# A folder that is named after the run that made it, which may have written no row.
_RUN_FOLDER = re.compile(r"(?<=\brun=)[^/]+")
# Spark gives files names of their own in every run.
_PART = re.compile(r"part-\d+-[0-9a-f-]{36}")


@dataclass
class Content:
    """Table to its rows, each as text, with how often each is there; file to its content."""

    tables: dict[str, Counter[str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    def differences(self, other: "Content") -> list[str]:
        """One line per table or file that is not the same in `other`."""
        lines = []
        for name in sorted({*self.tables, *other.tables}):
            ours, theirs = self.tables.get(name), other.tables.get(name)
            if ours != theirs:
                lines.append(_difference(name, ours or Counter(), theirs or Counter()))
        for name in sorted({*self.files, *other.files}):
            if self.files.get(name) != other.files.get(name):
                state = [
                    f"{len(files[name])} characters" if name in files else "absent"
                    for files in (self.files, other.files)
                ]
                lines.append(f"file {name}: {state[0]}, then {state[1]}")
        return lines


def content_of(folder: Path, *, same_clock: bool, places: Collection[Path] = ()) -> Content:
    """All tables and files in `folder`, whatever they are called.

    Where rows and files name `folder`, or one of `places` where the same was made before, they name no folder.

    Left out are columns job_run_*, the table versions that a release read (a run that was killed leaves commits of its
    own), durations, a model server's names of answers, how much each of several runs found to remove, and unless the
    runs had the `same_clock`, the times at which they wrote, what is hashed from those, how old a day was at its
    release, and all these as pages show them.
    """
    content = Content()
    logs = {path for path in folder.rglob("_delta_log") if path.is_dir()}
    tables = {log.parent for log in logs}
    names = [str(place) for place in (folder, *places)]
    for table in tables:
        content.tables[table.name] = Counter(
            _without(row, names, "FOLDER") for row in _rows(table, same_clock=same_clock)
        )
    runs = _runs(tables)
    for path in folder.rglob("*"):
        is_of_table = any(parent in tables for parent in path.parents)
        is_hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        if path.is_file() and not is_of_table and not is_hidden:
            name = _RUN_FOLDER.sub("RUN", _without(str(path.relative_to(folder)), runs, "RUN"))
            name = _PART.sub("part", name)
            # What two runs left is not what one leaves.
            while name in content.files:
                name = f"{name} again"
            text = _without(_without(path.read_text(encoding="utf-8"), runs, "RUN"), names, "FOLDER")
            text = _RUN_SHOWN.sub("RUN", text)
            content.files[name] = text if same_clock else _TIME_SHOWN.sub("TIME", _RELEASE_SHOWN.sub("RELEASE", text))
    return content


def _rows(table: Path, *, same_clock: bool) -> list[str]:
    rows = DeltaTable(str(table)).to_pyarrow_table()
    left_out = {"table_versions", _DURATION, *(n for n in rows.column_names if n.startswith("job_run_"))}
    if table.name == _ANSWERS:
        left_out.add(_NAMED_BY_A_SERVER)
    if table.name == _REMOVALS:
        left_out |= _FOUND_BY_A_RUN
    if not same_clock:
        times = {f.name for f in rows.schema if _TIMES.fullmatch(f.name) and not pa.types.is_nested(f.type)}
        left_out |= (times - _NEVER_BY_THE_CLOCK) | _MADE_OF_TIMES
    kept = rows.select([name for name in sorted(rows.column_names) if name not in left_out])
    maps = {f.name for f in kept.schema if pa.types.is_map(f.type)}
    found = kept.to_pylist()
    for row in found:
        if row.get("subject") == _DURATION or (row.get("gate") == _AGE and not same_clock):
            row["figure"] = None
    texts = [repr({name: _ordered(value) if name in maps else value for name, value in row.items()}) for row in found]
    return sorted(set(texts)) if table.name == _REMOVALS else texts


def _ordered(entries: Any) -> Any:
    """A map's entries by key: maps have no order of their own."""
    return None if entries is None else sorted(entries, key=lambda entry: str(entry[0]))


def _runs(tables: set[Path]) -> set[str]:
    """The ids of all runs that wrote a row."""
    found: set[str] = set()
    for table in tables:
        delta = DeltaTable(str(table))
        if "job_run_id" in [f.name for f in delta.schema().fields]:
            found |= set(delta.to_pyarrow_table(columns=["job_run_id"])["job_run_id"].unique().to_pylist())
    return found


def _without(text: str, names: Collection[str], word: str) -> str:
    for name in names:
        text = text.replace(name, word)
    return text


def _difference(name: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    only = [list((Counter(a) - Counter(b)).elements()) for a, b in ((ours, theirs), (theirs, ours))]
    shown = [
        f"first {_short(rows[0], other[0] if other else '')}" if rows else "" for rows, other in (only, only[::-1])
    ]
    return f"table {name}: {len(only[0])} rows only before {shown[0]}; {len(only[1])} only after {shown[1]}"


def _short(row: str, other: str) -> str:
    """The part of `row` where it begins to differ from `other`."""
    start = next((i for i, (a, b) in enumerate(zip(row, other, strict=False)) if a != b), 0)
    return f"…{row[max(0, start - 60) : start + 120]}…"
