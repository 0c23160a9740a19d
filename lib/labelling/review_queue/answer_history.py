"""What must be right about an answer beside those given before: one per task, by people who are not the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lib.labelling.review_queue.answer_checks import WHOLE_ANSWER, Fault, faults_of, said_of
from lib.labelling.review_queue.asked_task import AskedTask, Said
from schemas.contracts.review_task import ReviewAnswer

Place = tuple[str, str]


@dataclass(frozen=True)
class GivenAnswer:
    """An answer that counts: who gave it, what was said, and the file it came in; None if it was imported before."""

    reviewer: str
    said: Said
    file_name: str | None = None


@dataclass
class CheckedAnswers:
    """Answers that are taken, with their tasks, and answers that are not, each with all its faults."""

    accepted: list[tuple[AskedTask, ReviewAnswer]] = field(default_factory=list)
    rejected: list[tuple[ReviewAnswer, Fault]] = field(default_factory=list)


def check_answers(
    answers: Iterable[ReviewAnswer],
    tasks: Mapping[str, AskedTask],
    given: Mapping[Place, GivenAnswer],
    *,
    severity_ids: Mapping[str, Sequence[str]],
    now: datetime,
) -> CheckedAnswers:
    """Which of `answers` are taken, in the order in which they were given, so that whoever came first counts.

    `tasks` is task id to task, `given` unit or item and role to the answer that was imported before. An answer that is
    there already is neither taken nor rejected: exports of Label Studio hold the old ones too.
    """
    checked, known = CheckedAnswers(), dict(given)
    for answer in sorted(answers, key=lambda answer: (answer.answered_at or now, answer.file_name, answer.position)):
        task = tasks.get(answer.task_id or "")
        if task is not None and _is_there(answer, task, known.get(task.place)):
            continue
        faults = faults_of(answer, task, severity_ids=severity_ids, now=now)
        if not faults and task is not None:
            faults = _faults_beside_others(answer, task, known)
        if faults or task is None:
            checked.rejected += [(answer, fault) for fault in faults]
            continue
        known[task.place] = GivenAnswer(answer.reviewer or "", said_of(answer, task), answer.file_name)
        checked.accepted.append((task, answer))
    return checked


def _is_there(answer: ReviewAnswer, task: AskedTask, before: GivenAnswer | None) -> bool:
    """Whether the same answer was taken from another file, or in another run."""
    if before is None or before.file_name == answer.file_name:
        return False
    return before.reviewer == answer.reviewer and before.said == said_of(answer, task)


def _faults_beside_others(answer: ReviewAnswer, task: AskedTask, known: Mapping[Place, GivenAnswer]) -> list[Fault]:
    before = known.get(task.place)
    if before is not None:
        return [_repeated(answer, task, before)]
    others = {role: known.get((task.subject, role)) for role in ("first", "second", "adjudication")}
    met = [role for role, other in others.items() if other is not None and other.reviewer == answer.reviewer]
    if met:
        message = f"The same person gave the {met[0]} review of the same content; somebody else must answer."
        return [Fault(WHOLE_ANSWER, "same_reviewer", message)]
    return []


def _repeated(answer: ReviewAnswer, task: AskedTask, before: GivenAnswer) -> Fault:
    if before.reviewer != answer.reviewer:
        return Fault(
            WHOLE_ANSWER, "already_answered", "Somebody else answered the task before; the first answer counts."
        )
    if before.said == said_of(answer, task):
        return Fault(WHOLE_ANSWER, "duplicate", "The file holds the same answer twice; it is taken once.")
    message = "The same person answered the task otherwise before; what was imported stays, an adjudication may decide."
    return Fault(WHOLE_ANSWER, "edited_after_import", message)
