"""Files with content that Plumbline writes or reads outside its tables, and how they are cleared."""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

import structlog

from lib.csv_cells import unshielded
from lib.privacy.task_files import remove_tasks, task_files, tasks_in
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.contracts.settings import Settings

REVIEW_QUEUE_FILES, LLM_BATCH_FILES, EVALUATION_FILES = "review_queue_files", "llm_batch_files", "evaluation_files"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BATCH_FOLDER = re.compile(r"^(?P<folder>.*/ds=(?P<day>\d{4}-\d{2}-\d{2})/[^/]+/(?:requests|results))/")

DaysOfTasks = Callable[[Collection[str]], Mapping[str, date]]


def review_folders(settings: Settings) -> list[Path]:
    """The folders of all configured review queues."""
    labelers = [rung.labeler for rung in settings.labelling.rungs]
    return sorted({Path(known.folder) for known in labelers if isinstance(known, ReviewQueueLabelerSettings)})


def batch_roots(settings: Settings) -> list[str]:
    """The folders of all configured LLM labelers, those of evaluations and probes too."""
    evaluation = settings.evaluation
    compared = [side.labeler for side in (evaluation.baseline, evaluation.candidate) if side.labeler is not None]
    rungs: list[RungSettings] = [*settings.labelling.rungs, *compared, *(evaluation.probed_labelers or [])]
    labelers = [rung.labeler for rung in rungs]
    return sorted({known.batch_folder.rstrip("/") for known in labelers if isinstance(known, LlmLabelerSettings)})


def batch_folders(files: Collection[str]) -> dict[str, date]:
    """Folder of requests or results, to its day, of the batch files that were found."""
    found = [match for match in map(_BATCH_FOLDER.match, files) if match is not None]
    return {match["folder"]: date.fromisoformat(match["day"]) for match in found}


def expire_review_files(folder: Path, *, before: date, days_of_tasks: DaysOfTasks, is_dry_run: bool) -> int:
    """Remove what files of tasks and answers hold of days before `before`; returns how many files that concerned.

    A file that names no task that is known cannot be told: it goes when it was last written before that day.
    """
    named = {path: tasks_in(path) for path in task_files(folder)}
    days = days_of_tasks(sorted({task_id for ids in named.values() for task_id in ids or ()}))
    n_files = 0
    for path, ids in named.items():
        known = {task_id: days[task_id] for task_id in ids or () if task_id in days}
        gone = {task_id for task_id, day in known.items() if day < before}
        if gone or (not known and _written_on(path) < before):
            n_files += 1
            _remove(path, gone, is_dry_run=is_dry_run)
    return n_files


def erase_review_files(folder: Path, task_ids: Collection[str]) -> int:
    """Remove some tasks and the answers to them; returns how many files that concerned, warns of unreadable ones."""
    n_files = 0
    for path in task_files(folder):
        named = tasks_in(path)
        if named is None and path.suffix == ".unfinished":
            path.unlink()
        elif named is None:
            structlog.get_logger().warning(f"{path} cannot be read as tasks or answers; look into it yourself.")
        elif gone := named & set(task_ids):
            n_files += 1
            _remove(path, gone, is_dry_run=False)
    return n_files


def expire_evaluation_files(folder: Path, *, before: date, is_dry_run: bool) -> int:
    """Remove lists of disagreements of days before `before`; returns how many files there were."""
    return _unlink((path for path, day in _evaluations(folder) if day < before), is_dry_run=is_dry_run)


def erase_evaluation_files(folder: Path, item_ids: Collection[str]) -> int:
    """Remove lists of disagreements that show one of these golden items; the comparison can be run again."""
    stems = {path.stem for path, _ in _evaluations(folder) if path.suffix == ".csv" and _lists(path, item_ids)}
    return _unlink((path for path, _ in _evaluations(folder) if path.stem in stems), is_dry_run=False)


def _evaluations(folder: Path) -> Iterator[tuple[Path, date]]:
    for path in sorted(folder.glob("*_*")):
        if path.suffix in (".html", ".csv") and (found := _DAY.match(path.name)):
            yield path, date.fromisoformat(found.group())


def _lists(path: Path, item_ids: Collection[str]) -> bool:
    # A row quotes whole contents.
    csv.field_size_limit(max(path.stat().st_size, 131_072))
    with path.open(encoding="utf-8", newline="") as file:
        return any(unshielded(row.get("item_id") or "") in item_ids for row in csv.DictReader(file))


def _unlink(paths: Iterator[Path], *, is_dry_run: bool) -> int:
    found = list(paths)
    for path in found if not is_dry_run else []:
        path.unlink()
    return len(found)


def _remove(path: Path, task_ids: Collection[str], *, is_dry_run: bool) -> None:
    if is_dry_run:
        return
    if task_ids:
        remove_tasks(path, task_ids)
    else:
        path.unlink()


def _written_on(path: Path) -> date:
    return date.fromtimestamp(path.stat().st_mtime)  # noqa: DTZ012 - a day more or less
