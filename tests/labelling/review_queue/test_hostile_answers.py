"""No file of answers stops an import with anything but a sentence about the file, and none fills a table."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.labelling.review_queue.answer_history import CheckedAnswers
from lib.labelling.review_queue.answer_rows import reject_records
from lib.labelling.review_queue.csv_labels import read_csv_labels, time_of
from lib.labelling.review_queue.label_studio_annotations import read_label_studio_annotations
from lib.labelling.review_queue.queue_files import read_answers
from schemas.contracts.review_task import LONGEST_NOTE, ReviewAnswer
from schemas.errors import ContractError
from tests.labelling.review_queue.examples import CSV_HEADER, EXPORT, NOON, VERSION, answer, task_id
from tests.labelling.review_queue.taken_in import check, rows_of

EDGES_OF_THE_CALENDAR = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")


def _reasons(found: CheckedAnswers) -> list[tuple[str, str]]:
    return [(fault.policy, fault.reason) for _, fault in found.rejected]


def _said(name: str, *chosen: Any) -> dict[str, Any]:
    return {"from_name": name, "type": "choices", "value": {"choices": list(chosen)}}


HARMLESS = [_said("verdict-adult_content", "not_violating"), _said("verdict-harassment", "not_violating")]


def _export(**changes: Any) -> str:
    annotation = {"id": 1, "completed_by": 7, "result": HARMLESS, "updated_at": "2026-03-02T12:00:00Z"} | changes
    data = {"task_id": task_id(1), "prompt_version": VERSION}
    return json.dumps([{"id": 1, "data": data, "annotations": [annotation]}])


def _row(
    *, answered_at: str = "", seconds: str = "", note: str = "", verdict: str = "not_violating", end: str = "\n"
) -> str:
    return f"{task_id(1)},{VERSION},ann,{answered_at},{seconds},{note},{verdict},,,not_violating{end}"


@pytest.mark.parametrize("written", EDGES_OF_THE_CALENDAR)
def test_a_time_at_the_edge_of_the_calendar_is_no_time(written: str) -> None:
    assert time_of(written) is None
    by_file = (
        read_csv_labels(f"{CSV_HEADER}\n{_row(answered_at=written)}", "a.csv"),
        read_label_studio_annotations(_export(updated_at=written), "a.json"),
    )
    for answers in by_file:
        assert _reasons(check(*answers)) == [("all", "unreadable_time")]


def test_half_a_character_in_the_name_of_a_question_is_stored_as_a_question_mark() -> None:
    for name in ("verdict-\ud800", "\udfff"):
        (said,) = read_label_studio_annotations(_export(result=[*HARMLESS, _said(name, "x")]), "a.json")
        (row,) = rows_of(said)
        assert (row["policy"], row["reason"]) == ("?", "wrong_policy")


@pytest.mark.parametrize(
    "entry",
    [
        {"from_name": None, "value": {"choices": ["x"]}},
        {"from_name": ["verdict-harassment"], "value": {"choices": ["x"]}},
        _said("verdict-harassment", ["violating"]),
        {"from_name": "verdict-harassment", "value": {"choices": {"violating": 1}}},
        {"from_name": "verdict-harassment", "value": {"choices": None}},
    ],
)
def test_a_choice_that_is_no_text_is_unreadable(entry: dict[str, Any]) -> None:
    (said,) = read_label_studio_annotations(_export(result=[entry]), "a.json")
    assert _reasons(check(said)) == [("all", "unreadable_record")]


def test_a_number_of_too_many_digits_refuses_the_file() -> None:
    text = _export(lead_time="@").replace('"@"', "9" * 5_000)
    with pytest.raises(ContractError, match=r"^File a\.json: a number has too many digits; export"):
        read_label_studio_annotations(text, "a.json")


@pytest.mark.slow
def test_thousands_of_policies_that_nobody_asked_for_are_one_fault_and_a_short_record() -> None:
    verdicts = [_said(f"verdict-p{n:05}", *["violating"] * 50) for n in range(20_000)]
    components = _said("components-p00000", *["query"] * 100_000)
    start = time.monotonic()
    answers = read_label_studio_annotations(_export(result=[*verdicts, components]), "a.json")
    rows = rows_of(*answers)
    assert time.monotonic() - start < 20
    assert [(row["policy"], row["reason"]) for row in rows] == [
        ("p00000", "wrong_policy"),
        ("adult_content", "missing_policy"),
        ("harassment", "missing_policy"),
    ]
    assert rows[0]["message"] == "The task does not ask for this policy, nor for 19999 others; take them out."
    assert max(len(row["record"]) for row in rows) < 20_000
    reviews = json.loads(rows[0]["record"])["reviews"]
    assert (len(reviews), reviews["[…]"]) == (21, 19_980)
    assert reviews["p00000"]["violating_components"] == ["query"] * 20 + ["[…]"]


def test_the_record_of_an_answer_is_written_once_for_all_its_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    record = ReviewAnswer.record

    def noted(said: ReviewAnswer) -> dict[str, Any]:
        written.append(said.position)
        return record(said)

    monkeypatch.setattr(ReviewAnswer, "record", noted)
    found = check(answer(1, reviews={}), answer(1, reviews={}, position=2, reviewer="8"))
    rows = reject_records(found.rejected)
    assert [(row["reviewer"], row["policy"]) for row in rows] == [
        (reviewer, policy) for reviewer in "78" for policy in ("adult_content", "harassment")
    ]
    assert len({row["reject_id"] for row in rows}) == 4
    assert written == [1, 2]


@pytest.mark.slow
def test_a_long_note_is_cut_with_a_mark() -> None:
    note = {"from_name": "note", "type": "textarea", "value": {"text": ["x" * 5_000_000]}}
    (exported,) = read_label_studio_annotations(_export(result=[*HARMLESS, note]), "a.json")
    (filled_in,) = read_csv_labels(f"{CSV_HEADER}\n{_row(note='x' * 5_000_000)}", "a.csv")
    for said in (exported, filled_in):
        rationales = {row["rationale"] for row in rows_of(said)}
        assert rationales == {"x" * (LONGEST_NOTE - 4) + " […]"}
    assert answer(1, note="x" * LONGEST_NOTE).note == "x" * LONGEST_NOTE


@pytest.mark.parametrize(
    ("header", "more", "column"),
    [
        (f"{CSV_HEADER},verdict.adult_content", ",violating", "verdict.adult_content"),
        (f"{CSV_HEADER}, reviewer ", ",bob", "reviewer"),
        (f"task_id,{CSV_HEADER}", "", "task_id"),
    ],
)
def test_a_column_that_is_there_twice_refuses_the_file(header: str, more: str, column: str) -> None:
    with pytest.raises(ContractError, match=rf"^File a\.csv: column `{column}` is there more than once; keep"):
        read_csv_labels(f"{header}\n{_row(end=more)}", "a.csv")


def test_empty_columns_at_the_end_and_a_column_of_any_name_do_no_harm() -> None:
    (said,) = read_csv_labels(f"{CSV_HEADER},surplus,,\n{_row(end=',my own,,')}\n", "a.csv")
    assert _reasons(check(said)) == []


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("12", 12.0), ('"12,5"', 12.5), ("0.25", 0.25), ("999999999", 999_999_999.0)]
    + [(text, None) for text in ("1e308", "1e3", "1_000", "１２", "1000000000", "-1", "nan", "inf", "0x10", "12 s")],
)
def test_seconds_are_plain_numbers_or_not_known(written: str, seconds: float | None) -> None:
    (said,) = read_csv_labels(f"{CSV_HEADER}\n{_row(seconds=written)}", "a.csv")
    assert said.seconds == seconds


def test_only_the_header_says_what_separates_cells() -> None:
    (said,) = read_csv_labels(f"{CSV_HEADER}\r{_row(note='a;' * 200, end=chr(13))}", "a.csv")
    assert (said.reviewer, said.note) == ("ann", "a;" * 200)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (f"{CSV_HEADER}\n{_row()}{_row(note=chr(34) + 'never closed')}{_row()}", 2),
        (f"{CSV_HEADER}\n{_row(note=chr(34) + 'closed' + chr(34) + 'too early')}", 1),
        (f'"{CSV_HEADER}\n{_row()}', 0),
    ],
)
def test_a_quotation_mark_that_swallows_rows_refuses_the_file(text: str, row: int) -> None:
    with pytest.raises(ContractError, match=rf"^File a\.csv row {row} \(0 is the header\): the quotation marks"):
        read_csv_labels(text, "a.csv")


@pytest.mark.parametrize(
    ("answered_at", "reasons"),
    [
        (EXPORT - timedelta(days=1), []),
        (EXPORT - timedelta(days=1, seconds=1), ["unreadable_time"]),
        (datetime(1, 1, 1, tzinfo=UTC), ["unreadable_time"]),
        (NOON + timedelta(hours=1), []),
        (NOON + timedelta(hours=1, seconds=1), ["unreadable_time"]),
        (datetime(9999, 12, 31, tzinfo=UTC), ["expired"]),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_does_not_count_as_the_first(
    answered_at: datetime, reasons: list[str]
) -> None:
    found = check(answer(1, "7", answered_at=answered_at))
    assert [reason for _, reason in _reasons(found)] == reasons
    assert all(fault.message.endswith(".") for _, fault in found.rejected)
    if reasons:
        both = check(answer(1, "7", answered_at=answered_at), answer(1, "8"))
        assert [said.reviewer for _, said in both.accepted] == ["8"]


@pytest.mark.parametrize("written", [{"x": 1}, ["2026-03-02"], {}, [], 0, False, 1.5, 1_772_000_000, "  "])
def test_a_time_of_an_export_that_is_no_text_is_not_taken_for_now(written: Any) -> None:
    (said,) = read_label_studio_annotations(_export(updated_at=written, created_at="2026-03-02T12:00:00Z"), "a.json")
    assert _reasons(check(said)) == [("all", "unreadable_time")]


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_export_without_the_time_of_a_change_has_that_of_the_answer(nothing: str | None) -> None:
    (said,) = read_label_studio_annotations(_export(updated_at=nothing, created_at="2026-03-02T11:00:00Z"), "a.json")
    assert said.answered_at == NOON - timedelta(hours=1)


def test_the_name_of_a_file_need_not_be_text(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    try:
        (folder / "\udcff.json").write_text(_export(result=[]))
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    (said,) = read_answers(str(tmp_path), maximum_answers=1)
    assert {row["file_name"] for row in rows_of(said)} == {"?.json"}
