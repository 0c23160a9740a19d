"""Tasks as a CSV file with empty cells for the answer: for reviewers who work in a spreadsheet."""

import csv
import io
from collections.abc import Sequence

from lib.csv_cells import shielded
from lib.labelling.review_queue.label_studio_tasks import NO_TEXT
from schemas.contracts.review_task import ReviewTask

TASK_COLUMNS = ("task_id", "prompt_version")
CONTENT_COLUMNS = ("query", "response", "pins")
ANSWER_COLUMNS = ("reviewer", "answered_at", "seconds", "note")
POLICY_COLUMNS = ("verdict", "components", "severity")
COLUMN_SEPARATOR = "."
BYTE_ORDER_MARK = "\ufeff"


def csv_tasks(tasks: Sequence[ReviewTask], *, policies: Sequence[str], has_byte_order_mark: bool = False) -> str:
    """`tasks` as CSV (RFC 4180), every cell quoted and shielded against formulas; the order is theirs.

    A row is a task. The reviewer fills in reviewer, answered_at (UTC, 2026-03-02T09:30:00; may stay empty), seconds,
    note, and for every policy verdict.<policy>, components.<policy> (separated by ;) and severity.<policy>.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    answer = [f"{column}{COLUMN_SEPARATOR}{policy}" for policy in policies for column in POLICY_COLUMNS]
    writer.writerow([*TASK_COLUMNS, *CONTENT_COLUMNS, *answer, *ANSWER_COLUMNS])
    empty = [""] * (len(answer) + len(ANSWER_COLUMNS))
    for task in tasks:
        cells = [task.task_id, task.prompt_version, *_content(task)]
        # A task id is never a formula, and must be found again as it is.
        writer.writerow([cells[0], *[shielded(cell) for cell in cells[1:]], *empty])
    return (BYTE_ORDER_MARK if has_byte_order_mark else "") + text.getvalue()


def _content(task: ReviewTask) -> list[str]:
    content = task.content
    pins = [f"{pin.title or NO_TEXT} <{pin.image_url or 'no image'}>" for pin in content.pins]
    return [content.query_text or NO_TEXT, content.response_text or NO_TEXT, "\n".join(pins) or NO_TEXT]
