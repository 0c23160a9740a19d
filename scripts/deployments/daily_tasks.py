"""The tasks of a day and of late answers, made from the chain's own list of steps: schedulers follow it by themselves.

A pool of three slots keeps apart what must not run at the same time: building units takes one, so that it goes on
beside the steps of the day before; every other step takes two, so that no two of them write at once; what deletes old
files takes all three.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs import (
    build_interaction_units,
    expire_content,
    export_review_queue,
    import_review_labels,
    label_sample,
    run_chain,
)

POOL = "plumbline"
POOL_SLOTS = 3
# Logs that come late, a second run, a full disk: all of them may be over in a while. A step may be run again.
RETRIES = 3
_READS_LOGS_ONLY = 1
_WRITES = 2


@dataclass(frozen=True)
class Task:
    """One job of a day.

    Args:
        job: name of its file in jobs/
        after: tasks of the same day that must have succeeded
        pool_slots: how much of the pool it takes
        needs_day_before: whether all steps of the day before must have succeeded: scorer, windows and periods read
            earlier days
        is_run_after_failures: whether it runs although a task before it failed

    """

    job: str
    after: tuple[str, ...]
    pool_slots: int = _WRITES
    needs_day_before: bool = False
    is_run_after_failures: bool = False


def daily_tasks(steps: Sequence[str] = tuple(run_chain.STEPS)) -> list[Task]:
    """A day's tasks in an order in which they can run.

    The chain's `steps`, one after another; beside them the review tasks for people, which no number of the day waits
    for; after all of them what privacy promises, also on a day that failed.
    """
    chain = [
        Task(step, (before,) if before else (), needs_day_before=True)
        if step != build_interaction_units.STEP
        else Task(step, (before,) if before else (), pool_slots=_READS_LOGS_ONLY)
        for before, step in zip([None, *steps[:-1]], steps, strict=True)
    ]
    handed_out = Task(export_review_queue.STEP, (label_sample.STEP,))
    removed = Task(
        expire_content.STEP,
        (steps[-1], export_review_queue.STEP),
        pool_slots=POOL_SLOTS,
        is_run_after_failures=True,
    )
    return [*chain, handed_out, removed]


def late_answer_tasks(steps: Sequence[str] = tuple(run_chain.STEPS)) -> list[Task]:
    """What brings answers that people gave days later into the numbers of their day: a restatement if they change."""
    names = [import_review_labels.STEP, *steps[steps.index(label_sample.STEP) :]]
    return [Task(name, (before,) if before else ()) for before, name in zip([None, *names[:-1]], names, strict=True)]
