"""Files of tasks and answers without some tasks: the others stay as they are, and no half file is ever there."""

import csv
import io
import json
import os
from datetime import date
from pathlib import Path

import pytest

from lib.privacy.content_files import (
    batch_folders,
    erase_evaluation_files,
    erase_review_files,
    expire_evaluation_files,
    expire_review_files,
)
from lib.privacy.task_files import remove_tasks, tasks_in

DAYS = {"a" * 32: date(2026, 1, 1), "b" * 32: date(2026, 3, 1)}
OLD, NEW = DAYS
BEFORE = date(2026, 2, 1)
LONG_AGO = 1_000_000_000


def write(folder: Path, name: str, text: str, *, is_old: bool = False) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    if is_old:
        os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def exported(*task_ids: str) -> str:
    return json.dumps([{"data": {"task_id": name, "query": f"says {name}"}, "annotations": []} for name in task_ids])


def test_tasks_leave_a_json_file_and_the_others_stay(tmp_path: Path) -> None:
    path = write(tmp_path, "t.json", exported(OLD, NEW))
    assert tasks_in(path) == {OLD, NEW}
    remove_tasks(path, {OLD})
    assert json.loads(path.read_text()) == json.loads(exported(NEW))
    remove_tasks(path, {NEW})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_tasks_leave_a_csv_file_and_the_others_stay(tmp_path: Path, delimiter: str, mark: str) -> None:
    rows = [["task_id", "query"], [OLD, "a\nb"], [NEW, f'quote " {delimiter} c']]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    path = write(tmp_path, "t.csv", mark + text.getvalue())
    assert tasks_in(path) == {OLD, NEW}
    remove_tasks(path, {OLD})
    kept = path.read_text(encoding="utf-8")
    assert kept.startswith(mark)
    assert list(csv.reader(io.StringIO(kept.removeprefix(mark), newline=""), delimiter=delimiter)) == [rows[0], rows[2]]


@pytest.mark.parametrize("text", ["{", "{}", "[1, 2", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")])
def test_what_is_no_list_of_tasks_names_none(tmp_path: Path, text: str) -> None:
    assert tasks_in(write(tmp_path, "t.json", text)) is None
    assert tasks_in(write(tmp_path, "t.csv", text)) is None


def test_files_expire_by_the_days_of_their_tasks_or_by_their_age(tmp_path: Path) -> None:
    mixed = write(tmp_path, "answers/mixed.json", exported(OLD, NEW))
    write(tmp_path, "tasks/2026-01-01/human.json", exported(OLD))
    kept = write(tmp_path, "tasks/2026-03-01/human.json", exported(NEW), is_old=True)
    write(tmp_path, "answers/broken.json", "{", is_old=True)
    fresh = write(tmp_path, "answers/fresh.json", "{")
    write(tmp_path, "tasks/2026-01-01/.human.json.unfinished", "[", is_old=True)
    guideline = write(tmp_path, "guidelines/review.md", "# Policy", is_old=True)

    def expire(*, is_dry_run: bool) -> int:
        return expire_review_files(tmp_path, before=BEFORE, days_of_tasks=lambda _: DAYS, is_dry_run=is_dry_run)

    before = sorted(tmp_path.rglob("*"))
    assert expire(is_dry_run=True) == 4
    assert sorted(tmp_path.rglob("*")) == before
    assert expire(is_dry_run=False) == 4
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {mixed, kept, fresh, guideline}
    assert tasks_in(mixed) == {NEW}
    assert expire(is_dry_run=False) == 0


def test_a_persons_tasks_are_erased_and_unreadable_files_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "answers/mixed.json", exported(OLD, NEW))
    write(tmp_path, "answers/broken.json", "{")
    write(tmp_path, "tasks/.human.json.unfinished", "[")
    assert erase_review_files(tmp_path, [OLD]) == 1
    assert tasks_in(path) == {NEW}
    assert "broken.json cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "tasks" / ".human.json.unfinished").exists()
    assert erase_review_files(tmp_path, [OLD]) == 0


def test_lists_of_disagreements_go_by_day_or_by_item(tmp_path: Path) -> None:
    for stem, item in (("2026-01-01_ab", "x"), ("2026-03-01_cd", "y"), ("2026-03-02_ef", "z")):
        write(tmp_path, f"{stem}.csv", f'"policy","item_id"\r\n"p","{item}"\r\n')
        write(tmp_path, f"{stem}.html", item)
    note = write(tmp_path, "notes_of_mine.txt", "x")
    assert expire_evaluation_files(tmp_path, before=BEFORE, is_dry_run=True) == 2
    assert expire_evaluation_files(tmp_path, before=BEFORE, is_dry_run=False) == 2
    assert erase_evaluation_files(tmp_path, ["y", "x"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-03-02_ef.csv", "2026-03-02_ef.html", note.name]


def test_an_item_whose_id_is_shielded_against_spreadsheets_and_whose_text_is_long_is_found(tmp_path: Path) -> None:
    write(tmp_path, "2026-03-02_ab.csv", f'"query_text","item_id"\r\n"{"x" * 200_000}","\'=item"\r\n')
    assert erase_evaluation_files(tmp_path, ["=item"]) == 1
    assert list(tmp_path.iterdir()) == []


def test_batch_folders_are_those_of_requests_and_results() -> None:
    files = [
        "file:/b/ds=2026-03-02/model/requests/run=1/file=1/part-0.txt",
        "file:/b/ds=2026-03-02/model/results/output.jsonl",
        "file:/b/ds=2026-03-03/other/requests/run=1/file=2/part-0.txt",
        "file:/b/readme.txt",
    ]
    assert batch_folders(files) == {
        "file:/b/ds=2026-03-02/model/requests": date(2026, 3, 2),
        "file:/b/ds=2026-03-02/model/results": date(2026, 3, 2),
        "file:/b/ds=2026-03-03/other/requests": date(2026, 3, 3),
    }
