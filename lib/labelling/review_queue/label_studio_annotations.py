"""Reads answers from Label Studio's JSON export: tasks with their annotations."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lib.labelling.review_queue.csv_labels import time_of
from lib.labelling.review_queue.label_studio_config import NOTE, QUESTION_SEPARATOR, QUESTIONS
from schemas.contracts.review_task import PolicyReview, ReviewAnswer
from schemas.errors import ContractError

# Seconds: no one sits at a task for thirty years, and no larger number is a time.
_LONGEST = 1e9
_TIMES = ("updated_at", "created_at")


def read_label_studio_annotations(text: str, file_name: str) -> list[ReviewAnswer]:
    """The answers in `text`, an export of format JSON: one per annotation; drafts and predictions are none.

    A skipped annotation does not count where the same reviewer has answered the task after all. Raises ContractError if
    it is no such export.
    """
    try:
        tasks = json.loads(text)
    except json.JSONDecodeError as error:
        raise ContractError(
            f"File {file_name} line {error.lineno}: broken JSON, {error.msg}; export the project again as JSON."
        ) from error
    except ValueError as error:
        # Python's limit for the digits of one number: reading them takes the square of their count.
        raise ContractError(
            f"File {file_name}: a number has too many digits; export the project again as JSON."
        ) from error
    except RecursionError as error:
        raise ContractError(f"File {file_name}: it is nested too deep; export the project again as JSON.") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) and "annotations" in task for task in tasks):
        raise ContractError(
            f"File {file_name}: it is not a list of tasks with `annotations`; export the project as JSON, not JSON-MIN."
        )
    answers = [
        _answer(task, annotation, file_name=file_name, position=position)
        for position, (task, annotation) in enumerate(_annotations(tasks), start=1)
    ]
    answered = {(answer.task_id, answer.reviewer) for answer in answers if not answer.is_skipped}
    return [answer for answer in answers if not (answer.is_skipped and (answer.task_id, answer.reviewer) in answered)]


def _annotations(tasks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Any]]:
    for task in tasks:
        given = task["annotations"]
        for annotation in given if isinstance(given, list) else [given]:
            yield task, annotation


def _answer(task: Mapping[str, Any], annotation: Any, *, file_name: str, position: int) -> ReviewAnswer:
    data = task.get("data")
    named = data if isinstance(data, dict) else {}
    asked: dict[str, Any] = {
        "file_name": file_name,
        "position": position,
        "task_id": _text(named.get("task_id")),
        "prompt_version": _text(named.get("prompt_version")),
    }
    if not isinstance(annotation, dict) or not isinstance(annotation.get("result"), list):
        return ReviewAnswer(**asked, problem="the annotation has no list `result`")
    try:
        said = _said(annotation["result"])
    except (KeyError, TypeError, AttributeError):
        return ReviewAnswer(**asked, problem="an entry of `result` is not what the labelling page writes")
    written_time = _written_time(annotation)
    return ReviewAnswer(
        **asked,
        record_id=_text(annotation.get("id")),
        reviewer=_reviewer(annotation.get("completed_by")),
        answered_at=time_of(written_time),
        written_time=written_time,
        seconds=_seconds(annotation.get("lead_time")),
        is_skipped=annotation.get("was_cancelled") is True,
        reviews=_reviews(said),
        note="\n".join(said.get((NOTE, ""), ())) or None,
    )


def _said(result: list[Any]) -> dict[tuple[str, str], list[str]]:
    """Question and policy to what was chosen, or written."""
    said: dict[tuple[str, str], list[str]] = {}
    for entry in result:
        (name,) = _texts([entry["from_name"]])
        question, _, policy = name.partition(QUESTION_SEPARATOR)
        value = entry["value"]
        chosen = value["text"] if entry.get("type") == "textarea" else value["choices"]
        said.setdefault((question, policy), []).extend(_texts([chosen] if isinstance(chosen, str) else chosen))
    return said


def _texts(chosen: Any) -> list[str]:
    """A list of texts as it can be stored; raises TypeError for anything else, which may be nested without end."""
    if not isinstance(chosen, list) or not all(isinstance(text, str) for text in chosen):
        raise TypeError
    return [_whole(text) for text in chosen]


def _written_time(annotation: Mapping[str, Any]) -> str | None:
    """When it was changed last, as written; what is no text stands as such, because null would mean now."""
    given = next((time for time in map(annotation.get, _TIMES) if time not in (None, "")), None)
    return given if given is None else _text(given) or "no text"


def _reviews(said: Mapping[tuple[str, str], list[str]]) -> dict[str, PolicyReview]:
    """What was said by policy; a question that the page does not ask shows as a policy that nobody asked for."""
    policies = sorted({policy if question in QUESTIONS else question for question, policy in said if question != NOTE})
    return {
        policy: PolicyReview(
            # Two verdicts on one policy are none that could be known.
            verdict=" and ".join(said.get(("verdict", policy), ())) or None,
            violating_components=tuple(said.get(("components", policy), ())),
            severity=" and ".join(said.get(("severity", policy), ())) or None,
        )
        for policy in policies
    }


def _reviewer(completed_by: Any) -> str | None:
    """The reviewer's number in Label Studio: it names no person outside of it, as an e-mail address would."""
    return _text(completed_by.get("id") if isinstance(completed_by, dict) else completed_by)


def _text(value: Any) -> str | None:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return _whole(value).strip() or None if is_plain else None


def _whole(value: Any) -> str:
    """`value` as text, with a question mark in place of half a character, which no table can hold."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _seconds(lead_time: Any) -> float | None:
    is_number = isinstance(lead_time, int | float) and not isinstance(lead_time, bool)
    is_time = is_number and 0 <= lead_time < _LONGEST
    return float(lead_time) if is_time else None
