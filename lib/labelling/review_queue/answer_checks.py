"""What must be right about one answer, seen together with its task alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.labelling.review_queue.asked_task import AskedTask, Said
from schemas.contracts.review_task import PolicyReview, ReviewAnswer
from schemas.labels import COMPONENTS, VERDICTS

WHOLE_ANSWER = "all"

_REVIEWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_LONGEST_QUOTE = 40


@dataclass(frozen=True)
class Fault:
    """Why an answer is not taken: the policy it is about (`all`: the whole answer), a reason of the closed list."""

    policy: str
    reason: str
    message: str


def faults_of(
    answer: ReviewAnswer, task: AskedTask | None, *, severity_ids: Mapping[str, Sequence[str]], now: datetime
) -> list[Fault]:
    """Every fault of `answer` to `task`; empty if it can be taken.

    `severity_ids` is policy to the levels that its current version knows. An answer without a time is given `now`.
    """
    if answer.problem is not None:
        return [_whole("unreadable_record", f"The record cannot be read: {answer.problem}.")]
    if task is None:
        return [_whole("unknown_task", "No such task was handed out; keep task_id as it was exported.")]
    faults = list(_frame_faults(answer, task, now=now))
    if answer.is_skipped:
        return faults
    unasked = sorted(set(answer.reviews) - set(task.policy_versions))
    message = "The task does not ask for this policy; take it out."
    faults += [Fault(policy[:_LONGEST_QUOTE], "wrong_policy", message) for policy in unasked]
    for policy in sorted(task.policy_versions):
        review = answer.reviews.get(policy, PolicyReview())
        is_wanted = policy in task.policies
        if review.verdict is not None:
            faults += _review_faults(policy, review, severity_ids.get(policy, ()))
        elif is_wanted:
            faults.append(Fault(policy, "missing_policy", f"No verdict; write one of {', '.join(VERDICTS)}."))
    return faults


def said_of(answer: ReviewAnswer, task: AskedTask) -> Said:
    """The verdict and components for every policy that the task decides; a skipped task is `cannot_tell` throughout."""
    if answer.is_skipped:
        return dict.fromkeys(task.policies, ("cannot_tell", ()))
    reviews = {policy: answer.reviews.get(policy, PolicyReview()) for policy in task.policies}
    return {
        policy: (review.verdict or "", tuple(sorted(set(review.violating_components))))
        for policy, review in reviews.items()
    }


def _frame_faults(answer: ReviewAnswer, task: AskedTask, *, now: datetime) -> Iterator[Fault]:
    if answer.prompt_version != task.prompt_version:
        message = f"The task was handed out as {task.prompt_version}; judge it by the policies of that version."
        yield _whole("wrong_prompt_version", message)
    if answer.reviewer is None or not _REVIEWER.fullmatch(answer.reviewer):
        yield _whole("reviewer_missing", "No reviewer; write a short name of letters, digits and ._@+-")
    if answer.written_time is not None and answer.answered_at is None:
        yield _whole("unreadable_time", "The time cannot be read; write it as 2026-03-02T09:30:00 (UTC), or nothing.")
    elif (answer.answered_at or now) > task.expires_at:
        yield _whole("expired", f"The task expired at {task.expires_at:%Y-%m-%dT%H:%M:%SZ}; it counts as not answered.")


def _review_faults(policy: str, review: PolicyReview, severity_ids: Sequence[str]) -> Iterator[Fault]:
    if review.verdict not in VERDICTS:
        shown = _quoted(review.verdict)
        yield Fault(policy, "unknown_verdict", f"The verdict is {shown}; write one of {', '.join(VERDICTS)}.")
        return
    is_violating = review.verdict == "violating"
    if is_violating and not review.violating_components:
        yield Fault(policy, "violating_without_component", f"Name what violates: {', '.join(COMPONENTS)}.")
    if not is_violating and review.violating_components:
        message = f"The verdict is {review.verdict}, and components are named; mend one of them."
        yield Fault(policy, "component_without_violation", message)
    unknown = sorted(set(review.violating_components) - set(COMPONENTS))
    if unknown:
        shown = _quoted(unknown[0])
        yield Fault(policy, "unknown_component", f"A component is {shown}; write some of {', '.join(COMPONENTS)}.")
    if is_violating and severity_ids and review.severity is not None and review.severity not in severity_ids:
        shown = _quoted(review.severity)
        yield Fault(policy, "unknown_severity", f"The severity is {shown}; write one of {', '.join(severity_ids)}.")


def _whole(reason: str, message: str) -> Fault:
    return Fault(WHOLE_ANSWER, reason, message)


def _quoted(text: str | None) -> str:
    return f"`{(text or '')[:_LONGEST_QUOTE]}`"
