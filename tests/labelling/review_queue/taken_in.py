"""Answers to the first example task, as far as the tables: rows of what is taken, and of what is not."""

from typing import Any

from lib.labelling.review_queue.answer_history import CheckedAnswers, check_answers
from lib.labelling.review_queue.answer_rows import label_records, reject_records
from schemas.contracts.review_task import ReviewAnswer
from tests.labelling.review_queue.examples import NOON, SEVERITY, asked, task_id


def check(*answers: ReviewAnswer) -> CheckedAnswers:
    """The answers measured against the first example task, at noon."""
    return check_answers(answers, {task_id(1): asked(1)}, {}, severity_ids=SEVERITY, now=NOON)


def rows_of(*answers: ReviewAnswer) -> list[dict[str, Any]]:
    """Everything that the answers become, after all of its texts were encoded as a table would."""
    found = check(*answers)
    rows = label_records(found.accepted, labeler_id="people", cost_per_label=1.0, now=NOON)
    rows += reject_records(found.rejected)
    for text in [value for row in rows for value in row.values() if isinstance(value, str)]:
        text.encode("utf-8")
    return rows
