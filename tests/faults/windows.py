"""Between which writes a kill fell, told by what it left on disk."""

import json
from collections.abc import Mapping
from pathlib import Path

# From the first to the last moment of a step; `between commits` counts tables and commits within one table alike.
NOTHING = "before anything was written"
DATA_FILES = "data files written, their commit not"
COMMIT_BEGUN = "commit file begun, not in place"
BETWEEN = "between two commits"
OTHER_FILE = "a file outside the tables half-written"
ALL_COMMITTED = "all committed, step not ended"
WINDOWS = (NOTHING, DATA_FILES, COMMIT_BEGUN, BETWEEN, OTHER_FILE, ALL_COMMITTED)


def commits(folder: Path) -> dict[str, int]:
    """Table to the number of its commits."""
    return {log.parent.name: len(list(log.glob("*.json"))) for log in folder.rglob("_delta_log")}


def window_of(before: Path, after: Path, undisturbed: Mapping[str, int]) -> str:
    """The window that a kill fell into.

    `before` is the folder as the step found it, `after` as the kill left it, and `undisturbed` the commits of each
    table after the step without a kill.
    """
    files = [{path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} for folder in (before, after)]
    new = files[1] - files[0]
    if any(path.name.endswith(".unfinished") or "_temporary" in path.parts for path in new):
        return OTHER_FILE
    if any("_delta_log" in path.parts and path.name.endswith(".tmp") and ".json." in path.name for path in new):
        return COMMIT_BEGUN
    if _uncommitted(after, new):
        return DATA_FILES
    counts = [commits(folder) for folder in (before, after)]
    n_made = sum(counts[1].values()) - sum(counts[0].values())
    n_expected = sum(undisturbed.values()) - sum(counts[0].values())
    if n_made == 0 and n_expected > 0:
        return NOTHING
    return BETWEEN if n_made < n_expected else ALL_COMMITTED


def _uncommitted(folder: Path, new: set[Path]) -> bool:
    """Whether any of the `new` files belongs to a table none of whose commits names it."""
    named: dict[Path, set[str]] = {}
    for path in new:
        is_data = path.suffix == ".parquet" and "_delta_log" not in path.parts
        table = next((parent for parent in (folder / path).parents if (parent / "_delta_log").is_dir()), None)
        if is_data and table is not None:
            if table not in named:
                named[table] = _named_files(table)
            if str((folder / path).relative_to(table)) not in named[table]:
                return True
    return False


def _named_files(table: Path) -> set[str]:
    lines = [line for log in (table / "_delta_log").glob("*.json") for line in log.read_text().splitlines()]
    return {action["add"]["path"] for action in map(json.loads, lines) if "add" in action}
