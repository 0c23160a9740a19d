"""Two people review six tasks in Label Studio: what they do there, and what must come of it here.

Played against a real server by test_label_studio_server.py; the exports of one such run lie in recorded/, where the
fifth task was answered by clicks on the page.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from lib.labelling.review_queue.answer_checks import said_of
from lib.labelling.review_queue.answer_history import CheckedAnswers, GivenAnswer, check_answers
from lib.labelling.review_queue.asked_task import AskedTask
from lib.labelling.review_queue.label_studio_annotations import read_label_studio_annotations
from lib.labelling.review_queue.label_studio_config import label_studio_config
from lib.labelling.review_queue.label_studio_tasks import label_studio_tasks
from tests.labelling.review_queue.examples import HOSTILE, SEVERITY, asked, policy, review_task, task_id
from tests.labelling.review_queue.label_studio_server import LabelStudio, annotation

LATER = datetime(2100, 1, 1, tzinfo=UTC)
FIFTH = {
    "verdict-adult_content": ("not_violating",),
    "verdict-harassment": ("violating",),
    "components-harassment": ("combination",),
    "severity-harassment": ("threat",),
}
HARMLESS = {"verdict-adult_content": ("not_violating",), "verdict-harassment": ("not_violating",)}
HARMFUL = HARMLESS | {
    "verdict-adult_content": ("violating",),
    "components-adult_content": ("query", "image"),
    "severity-adult_content": ("explicit",),
}
UNSURE = HARMLESS | {"verdict-harassment": ("cannot_tell",)}

TASKS: dict[str, AskedTask] = {
    task.task_id: replace(task, expires_at=LATER)
    for task in (
        asked(1),
        asked(2, unit_id="u1", purpose="double_review", review_role="second"),
        asked(3),
        asked(4, unit_id=None, item_id="g4", purpose="canary", rung_probability=None),
        asked(5),
        asked(6),
    )
}


def set_up(first: LabelStudio) -> tuple[int, dict[int, int]]:
    """A project with our page and six tasks; returns its id, and our number of a task to Label Studio's."""
    page = label_studio_config([policy("adult_content"), policy("harassment")])
    project = first.call("/api/projects", {"title": "Review queue", "label_config": page})["id"]
    tasks = [review_task(n, query=HOSTILE if n == 4 else f"query {n}", title=HOSTILE) for n in range(1, 7)]
    first.call(
        f"/api/projects/{project}/import", json.loads(label_studio_tasks(tasks, allows_private_image_hosts=True))
    )
    there = first.call(f"/api/tasks?project={project}&fields=all")["tasks"]
    return project, {int(task["data"]["task_id"], 16): task["id"] for task in there}


def play(
    first: LabelStudio, second: LabelStudio, project: int, numbers: Mapping[int, int], answer_fifth: Callable[[], None]
) -> tuple[str, str]:
    """Both work through the queue; returns the export of the first evening and that of the second."""

    def say(who: LabelStudio, number: int, body: object) -> int:
        return int(who.call(f"/api/tasks/{numbers[number]}/annotations/", body)["id"])

    edited = say(first, 1, annotation(HARMFUL, note="the second picture", seconds=30.0))
    say(first, 2, annotation(HARMLESS))  # the same unit: not the other person it needs
    say(first, 3, annotation({}) | {"was_cancelled": True})
    say(second, 4, annotation(HARMFUL))
    answer_fifth()
    say(second, 6, annotation({"verdict-adult_content": ("violating",)}))
    evening = first.export(project)
    first.call(f"/api/annotations/{edited}/", annotation(HARMLESS), method="PATCH")
    say(second, 2, annotation(UNSURE))
    return evening, first.export(project)


def checked(text: str, given: CheckedAnswers | None = None, file_name: str = "export.json") -> CheckedAnswers:
    """What of an export is taken, after the answers in `given` were."""
    before = {
        task.place: GivenAnswer(answer.reviewer or "", said_of(answer, task))
        for task, answer in (given.accepted if given else ())
    }
    answers = read_label_studio_annotations(text, file_name)
    return check_answers(answers, TASKS, before, severity_ids=SEVERITY, now=LATER)


def faults(found: CheckedAnswers) -> set[tuple[str, str, str]]:
    """Task, policy and reason of everything that was not taken."""
    return {(answer.task_id or "", fault.policy, fault.reason) for answer, fault in found.rejected}


def require_expected(evening: str, next_evening: str) -> None:
    """The first export gives four answers and three faults, the second one more answer and an edit that is refused."""
    before = checked(evening)
    taken = {task.task_id: answer for task, answer in before.accepted}
    assert set(taken) == {task_id(n) for n in (1, 3, 4, 5)}
    assert taken[task_id(1)].reviews["adult_content"].violating_components == ("query", "image")
    assert taken[task_id(1)].note == "the second picture"
    assert taken[task_id(1)].seconds == 30.0
    assert taken[task_id(3)].is_skipped
    fifth = taken[task_id(5)].reviews
    assert (fifth["harassment"].verdict, fifth["harassment"].severity) == ("violating", "threat")
    assert fifth["harassment"].violating_components == ("combination",)
    # What was chosen before the verdict was changed is hidden on the page, and not sent.
    assert fifth["adult_content"].verdict == "not_violating"
    assert fifth["adult_content"].violating_components == ()
    refused = {
        (task_id(2), "all", "same_reviewer"),
        (task_id(6), "adult_content", "violating_without_component"),
        (task_id(6), "harassment", "missing_policy"),
    }
    assert faults(before) == refused
    assert taken[task_id(4)].reviewer not in (None, taken[task_id(1)].reviewer)

    after = checked(next_evening, before, "second.json")
    assert [task.task_id for task, _ in after.accepted] == [task_id(2)]
    assert faults(after) == refused | {(task_id(1), "all", "edited_after_import")}
