"""Every answer is measured against its task and against those before it; every fault has its reason."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.labelling.review_queue.answer_checks import faults_of
from lib.labelling.review_queue.answer_history import CheckedAnswers, GivenAnswer, check_answers
from lib.labelling.review_queue.answer_rows import golden_verdict_records, label_records, reject_records
from schemas import golden_verdicts, labels, review_rejects
from schemas.contracts.review_task import ReviewAnswer
from tests.labelling.review_queue.examples import (
    EXPIRY,
    NOON,
    SEVERITY,
    VERSION,
    answer,
    asked,
    review,
    task_id,
)

VIOLATING, HARMLESS = review("violating", "image"), review("not_violating")
PAIRS = (("image", "query"), ("query", "image", "image"))
BOTH_HARMLESS = {"adult_content": HARMLESS, "harassment": HARMLESS}
TASKS = {
    task.task_id: task
    for task in (
        asked(1),
        asked(2, unit_id="u1", purpose="double_review", review_role="second"),
        asked(3, unit_id="u1", purpose="double_review", review_role="adjudication", policies=("adult_content",)),
        asked(4, unit_id=None, item_id="g1", purpose="canary", rung_probability=None),
        asked(5, unit_id=None, item_id="g2", purpose="attention", rung_probability=None),
    )
}


def _check(*answers: ReviewAnswer, given: dict[tuple[str, str], GivenAnswer] | None = None) -> CheckedAnswers:
    return check_answers(answers, TASKS, given or {}, severity_ids=SEVERITY, now=NOON)


def _reasons(found: CheckedAnswers) -> list[tuple[str, str]]:
    return [(fault.policy, fault.reason) for _, fault in found.rejected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"problem": "it is torn"}, [("all", "unreadable_record")]),
        ({"prompt_version": "review-other"}, [("all", "wrong_prompt_version")]),
        ({"prompt_version": None}, [("all", "wrong_prompt_version")]),
        ({"reviewer": None}, [("all", "reviewer_missing")]),
        ({"reviewer": "=cmd|' /C calc'!A0"}, [("all", "reviewer_missing")]),
        ({"answered_at": None, "written_time": "yesterday"}, [("all", "unreadable_time")]),
        ({"answered_at": EXPIRY}, []),
        ({"answered_at": EXPIRY + timedelta(seconds=1)}, [("all", "expired")]),
        ({"answered_at": None, "written_time": None}, []),
        ({"reviews": BOTH_HARMLESS | {"spam": VIOLATING}}, [("spam", "wrong_policy")]),
        ({"reviews": {"harassment": HARMLESS}}, [("adult_content", "missing_policy")]),
        ({"reviews": BOTH_HARMLESS | {"harassment": review(None, "image")}}, [("harassment", "missing_policy")]),
        ({"reviews": {}}, [("adult_content", "missing_policy"), ("harassment", "missing_policy")]),
        ({"reviews": {}, "is_skipped": True}, []),
        ({"reviews": BOTH_HARMLESS | {"harassment": review("maybe")}}, [("harassment", "unknown_verdict")]),
        (
            {"reviews": BOTH_HARMLESS | {"harassment": review("violating")}},
            [("harassment", "violating_without_component")],
        ),
        (
            {"reviews": BOTH_HARMLESS | {"harassment": review("cannot_tell", "image")}},
            [("harassment", "component_without_violation")],
        ),
        (
            {"reviews": BOTH_HARMLESS | {"harassment": review("violating", "image", "title")}},
            [("harassment", "unknown_component")],
        ),
        (
            {"reviews": BOTH_HARMLESS | {"harassment": review("violating", "image", severity="explicit")}},
            [("harassment", "unknown_severity")],
        ),
        (
            {"prompt_version": "x", "reviewer": "", "reviews": {"adult_content": review("violating")}},
            [
                ("all", "wrong_prompt_version"),
                ("all", "reviewer_missing"),
                ("adult_content", "violating_without_component"),
                ("harassment", "missing_policy"),
            ],
        ),
    ],
)
def test_every_fault_of_an_answer_is_named(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = faults_of(answer(1, **changes), TASKS[task_id(1)], severity_ids=SEVERITY, now=EXPIRY)
    assert [(fault.policy, fault.reason) for fault in found] == expected
    assert all(fault.reason in review_rejects.REASONS and fault.message.endswith((".", " ._@+-")) for fault in found)


def test_an_answer_to_no_task_is_kept_with_its_reason() -> None:
    found = _check(answer(99), answer(1).model_copy(update={"task_id": None, "position": 2}))
    assert _reasons(found) == [("all", "unknown_task")] * 2
    assert found.accepted == []


def test_whoever_answers_first_counts_whatever_the_order_in_the_file() -> None:
    late, early = answer(1, "8"), answer(1, "7", answered_at=NOON - timedelta(hours=1), position=2)
    for given in ((late, early), (early, late)):
        found = _check(*given)
        assert [said.reviewer for _, said in found.accepted] == ["7"]
        assert _reasons(found) == [("all", "already_answered")]


def test_the_second_review_and_the_adjudication_need_other_people() -> None:
    def after(number: int) -> datetime:
        return NOON + timedelta(minutes=number)

    found = _check(
        answer(1, "7"),
        answer(2, "7", answered_at=after(1)),
        answer(2, "8", answered_at=after(2), reviews=BOTH_HARMLESS),
        answer(3, "7", answered_at=after(3)),
        answer(3, "8", answered_at=after(4)),
        answer(3, "9", answered_at=after(5)),
    )
    assert [(task.review_role, said.reviewer) for task, said in found.accepted] == [
        ("first", "7"),
        ("second", "8"),
        ("adjudication", "9"),
    ]
    assert [(said.reviewer, fault.reason) for said, fault in found.rejected] == [
        ("7", "same_reviewer"),
        ("7", "same_reviewer"),
        ("8", "same_reviewer"),
    ]
    # In the other order it is the first review that comes too late.
    assert _reasons(_check(answer(2, "7"), answer(1, "7", answered_at=after(1)))) == [("all", "same_reviewer")]


def test_the_same_again_is_silent_from_another_file_and_a_duplicate_in_the_same() -> None:
    before = {
        ("u1", "first"): GivenAnswer(
            "7", {"adult_content": ("violating", ("image",)), "harassment": ("not_violating", ())}
        )
    }
    assert _check(answer(1), given=before) == CheckedAnswers()
    assert len(_check(answer(1), answer(1, file_name="b.csv")).accepted) == 1
    assert _reasons(_check(answer(1), answer(1, file_name="b.csv"))) == []
    assert _reasons(_check(answer(1), answer(1, position=2))) == [("all", "duplicate")]
    two = [answer(1, reviews=BOTH_HARMLESS | {"harassment": review("violating", *pair)}) for pair in PAIRS]
    assert _reasons(_check(two[0], two[1].model_copy(update={"file_name": "b.json"}))) == []  # the order says nothing
    edited = answer(1, reviews=BOTH_HARMLESS)
    assert _reasons(_check(edited, given=before)) == [("all", "edited_after_import")]
    # A row without a time that was taken in time is not late when the file is read again.
    undated = answer(1, answered_at=None, written_time=None)
    later = check_answers([undated], TASKS, before, severity_ids=SEVERITY, now=EXPIRY + timedelta(days=1))
    assert later == CheckedAnswers()


def test_answers_become_labels_by_hand() -> None:
    found = _check(
        answer(
            1,
            note="see image two",
            reviews={
                "adult_content": review("violating", "image", severity="explicit"),
                "harassment": review("not_violating", severity="rude"),  # graded, and then not found to violate
            },
        ),
        answer(2, "8", reviews={}, is_skipped=True, seconds=None),
        answer(
            3, "9", reviews={"adult_content": HARMLESS, "harassment": VIOLATING}, answered_at=None, written_time=None
        ),
        answer(4),
        answer(5),
    )
    rows = label_records(found.accepted, labeler_id="people", cost_per_label=1.5, now=NOON)
    names = ("unit_id", "policy", "review_role", "labeler_id", "verdict", "no_verdict_reason", "violating_components")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("u1", "adult_content", "first", "people:7", "violating", None, ["image"]),
        ("u1", "harassment", "first", "people:7", "not_violating", None, []),
        ("u1", "adult_content", "second", "people:8", "cannot_tell", "cannot_tell", []),
        ("u1", "harassment", "second", "people:8", "cannot_tell", "cannot_tell", []),
        # Only the disputed policy: of the others the first review stays.
        ("u1", "adult_content", "adjudication", "people:9", "not_violating", None, []),
    ]
    assert [(row["severity"], row["seconds"], row["cost"]) for row in rows] == [
        ("explicit", 15.0, 0.75),
        (None, 15.0, 0.75),
        (None, None, 0.75),
        (None, None, 0.75),
        (None, 30.0, 1.5),
    ]
    first = rows[0]
    assert (first["rationale"], first["rung_probability"], first["policy_version"]) == ("see image two", 0.25, "1.0")
    assert (first["labelled_at"], rows[-1]["labelled_at"], first["prompt_version"]) == (NOON, NOON, VERSION)
    assert {*first, "job_run_id"} == {*labels.TABLE.column_names, "rationale", "content_hash"}

    hidden = golden_verdict_records(found.accepted, labeler_id="people", cost_per_label=None, now=NOON)
    assert [(row["item_id"], row["policy"], row["purpose"]) for row in hidden] == [
        ("g1", "adult_content", "canary"),
        ("g1", "harassment", "canary"),
        ("g2", "adult_content", "canary"),
        ("g2", "harassment", "canary"),
    ]
    assert {*hidden[0], "job_run_id"} == set(golden_verdicts.TABLE.column_names)


def test_a_reject_is_noted_once_and_repeats_no_content() -> None:
    bad = answer(99, note="quotes the content", reviews={"spam": review("x" * 5_000)})
    found = _check(bad, bad.model_copy(update={"file_name": "b.json", "position": 9}))
    rows = reject_records(found.rejected)
    assert [(row["file_name"], row["position"], row["reason"]) for row in rows] == [("a.json", 1, "unknown_task")]
    record = json.loads(rows[0]["record"])
    assert "quotes the content" not in rows[0]["record"]
    assert len(record["reviews"]["spam"]["verdict"]) == 200
    assert {*rows[0], "ds", "job_run_id"} == set(review_rejects.TABLE.column_names)
