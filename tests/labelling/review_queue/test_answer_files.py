"""Files of answers are read as they are: exports that somebody forged, spreadsheets that somebody filled in."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lib.labelling.review_queue.answer_history import CheckedAnswers, check_answers
from lib.labelling.review_queue.answer_rows import reject_records
from lib.labelling.review_queue.csv_labels import read_csv_labels, time_of
from lib.labelling.review_queue.csv_tasks import csv_tasks
from lib.labelling.review_queue.label_studio_annotations import read_label_studio_annotations
from schemas.contracts.review_task import ReviewAnswer
from tests.labelling.review_queue.examples import DS, NOON, SEVERITY, VERSION, asked, review_task, task_id


def _check(*answers: ReviewAnswer) -> CheckedAnswers:
    return check_answers(answers, {task_id(1): asked(1)}, {}, severity_ids=SEVERITY, now=NOON)


def _reasons(found: CheckedAnswers) -> list[tuple[str, str]]:
    return [(fault.policy, fault.reason) for _, fault in found.rejected]


def _annotated(*annotations: Any) -> str:
    data = {"task_id": task_id(1), "prompt_version": VERSION, "query": "secret content"}
    return json.dumps([{"id": 1, "data": data, "annotations": list(annotations)}])


def _said(**chosen: list[str]) -> list[dict[str, Any]]:
    named = {name.replace("__", "-"): value for name, value in chosen.items()}
    return [{"from_name": name, "type": "choices", "value": {"choices": value}} for name, value in named.items()]


@pytest.mark.parametrize(
    ("annotation", "reasons"),
    [
        ({"completed_by": 7, "result": None}, [("all", "unreadable_record")]),
        ("text", [("all", "unreadable_record")]),
        ({"completed_by": 7, "result": [{"value": {}}]}, [("all", "unreadable_record")]),
        ({"completed_by": 7, "result": [{"from_name": "a", "value": 3}]}, [("all", "unreadable_record")]),
        ({"completed_by": True, "result": _said(spam=["x"])}, [("all", "reviewer_missing"), ("spam", "wrong_policy")]),
        (
            {"completed_by": {"id": 7, "email": "x@example.org"}, "result": _said(verdict__spam=["violating"])},
            [("spam", "wrong_policy")],
        ),
        (
            {"completed_by": 7, "result": _said(verdict__harassment=["violating", "not_violating"])},
            [("harassment", "unknown_verdict")],
        ),
        (
            {"completed_by": 7, "created_at": "soon", "result": _said(verdict__harassment=["\ud83d"])},
            [("all", "unreadable_time"), ("harassment", "unknown_verdict")],
        ),
    ],
)
def test_forged_annotations_are_refused_with_reasons(annotation: Any, reasons: list[tuple[str, str]]) -> None:
    found = _check(*read_label_studio_annotations(_annotated(annotation), "a.json"))
    kept = [reason for reason in _reasons(found) if reason[1] != "missing_policy"]
    assert kept == reasons
    assert found.accepted == []
    assert not any("secret content" in row["record"] for row in reject_records(found.rejected))
    assert not any("example.org" in row["record"] for row in reject_records(found.rejected))


@pytest.mark.parametrize("seconds", [10**400, float("nan"), -1, "12", None, True])
def test_a_time_that_is_none_is_not_known(seconds: Any) -> None:
    annotation = {"completed_by": 7, "result": [], "lead_time": seconds}
    (said,) = read_label_studio_annotations(_annotated(annotation), "a.json")
    assert said.seconds is None


def test_a_skip_gives_way_to_the_same_reviewers_answer() -> None:
    skipped = {"completed_by": 7, "result": [], "was_cancelled": True}
    said = {"completed_by": 7, "result": _said(verdict__harassment=["cannot_tell"])}
    (kept,) = read_label_studio_annotations(_annotated(skipped, said), "a.json")
    assert not kept.is_skipped
    assert len(read_label_studio_annotations(_annotated(skipped, said | {"completed_by": 8}), "a.json")) == 2


def _filled_in(cells: dict[str, str], *, delimiter: str = ",") -> str:
    header, row = csv_tasks([review_task(1, query='=1+1, "a";\r\nb')], policies=("adult_content", "harassment")).split(
        "\r\n", 1
    )
    names = header.replace('"', "").split(",")
    n_answers = len(names) - 5
    said = row.rstrip("\r\n")[: -3 * n_answers]
    filled = said + "".join(f',"{cells.get(name, "")}"' for name in names[5:])
    text = header + "\r\n" + filled + "\r\n"
    return text if delimiter == "," else text.replace('","', f'"{delimiter}"')


CELLS = {
    "verdict.adult_content": "violating",
    "components.adult_content": "query; image",
    "severity.adult_content": "explicit",
    "verdict.harassment": "not_violating",
    "reviewer": "ann",
    "answered_at": "2026-03-02T13:00:00+01:00",
    "seconds": "12,5",
    "note": "'-- see image",
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_filled_in_spreadsheet_is_read(delimiter: str) -> None:
    (said,) = read_csv_labels(_filled_in(CELLS, delimiter=delimiter), "a.csv")
    assert (said.task_id, said.reviewer, said.answered_at, said.seconds) == (task_id(1), "ann", NOON, 12.5)
    assert said.note == "-- see image"
    assert said.reviews["adult_content"].violating_components == ("query", "image")
    assert [task.unit_id for task, _ in _check(said).accepted] == ["u1"]


def test_a_row_with_shifted_cells_is_refused_and_one_without_verdicts_is_open() -> None:
    text = _filled_in(CELLS)
    (torn,) = read_csv_labels(text.rstrip("\r\n") + ',"more"\r\n', "a.csv")
    assert _reasons(_check(torn)) == [("all", "unreadable_record")]
    assert read_csv_labels(_filled_in({"reviewer": "ann"}), "a.csv") == []


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert time_of("2026-03-02T12:00:00") == time_of("2026-03-02 12:00:00Z") == NOON
    assert time_of("noon") is time_of(None) is None
    assert time_of("2026-03-02") == datetime(DS.year, DS.month, DS.day, tzinfo=UTC)
