"""What must be right about one answer, seen together with its task alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.labelling.review_queue.asked_task import AskedTask, Said
from schemas.contracts.review_task import PolicyReview, ReviewAnswer
from schemas.labels import COMPONENTS, VERDICTS

WHOLE_ANSWER = "all"

_REVIEWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_LONGEST_QUOTE = 40
# A day, because a spreadsheet may give the day alone, or the hour of another part of the world.
_EARLIEST_BEFORE_EXPORT = timedelta(days=1)
# An hour, because clocks differ; an answer from a later time would never be the first one.
_LATEST_AFTER_NOW = timedelta(hours=1)


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
    faults += _unasked_faults(sorted(set(answer.reviews) - set(task.policy_versions)))
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
        yield _whole("expired", f"The task expired at {_shown(task.expires_at)}; it counts as not answered.")
    elif answer.answered_at is not None:
        yield from _impossible_time_faults(answer.answered_at, task, now=now)


def _impossible_time_faults(answered_at: datetime, task: AskedTask, *, now: datetime) -> Iterator[Fault]:
    """Whoever came first counts, so that a time which cannot be must not decide who that is."""
    said, remedy = f"The answer's time is {_shown(answered_at)}", "write the time of the answer in UTC, or nothing."
    if answered_at < task.exported_at - _EARLIEST_BEFORE_EXPORT:
        since = _shown(task.exported_at)
        yield _whole("unreadable_time", f"{said}, and the task was handed out at {since}; {remedy}")
    elif answered_at > now + _LATEST_AFTER_NOW:
        yield _whole("unreadable_time", f"{said}, after that of the import, {_shown(now)}; {remedy}")


def _unasked_faults(unasked: Sequence[str]) -> Iterator[Fault]:
    """One fault however many there are: nobody mends them one by one."""
    if unasked:
        others = f", nor for {len(unasked) - 1} others; take them out" if len(unasked) > 1 else "; take it out"
        yield Fault(unasked[0][:_LONGEST_QUOTE], "wrong_policy", f"The task does not ask for this policy{others}.")


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


def _shown(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str | None) -> str:
    return f"`{(text or '')[:_LONGEST_QUOTE]}`"
