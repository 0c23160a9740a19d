"""What goes to reviewers and what comes back: the records of queue files, whatever their format."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.contracts.unit_content import UnitContent

# A note goes into the row of every policy: whoever writes a book into it does not write it into a table.
LONGEST_NOTE = 2_000
CUT_MARK = " […]"


def _clipped_note(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - len(CUT_MARK)] + CUT_MARK


class QueueRecord(BaseModel):
    """A record of a queue file; unknown keys are refused, values never change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReviewTask(QueueRecord):
    """One task as a reviewer may see it: nothing here tells what it is for, whose it is, or what others said of it."""

    task_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    prompt_version: str
    content: UnitContent


class PolicyReview(QueueRecord):
    """What a reviewer said for one policy, as written; nothing is checked yet."""

    verdict: str | None = None
    violating_components: tuple[str, ...] = ()
    severity: str | None = None


class ReviewAnswer(QueueRecord):
    """One reviewer's answer to one task, as written in a file; nothing is checked yet.

    `position` counts the file's records from 1. `is_skipped`: the reviewer passed on the task. `answered_at` is null if
    the file gives no time, and `written_time` is what it gives if that is no time. `seconds` is the time spent. `note`
    is cut to LONGEST_NOTE characters, the mark at its end among them.
    """

    file_name: str
    position: int
    record_id: str | None = None
    task_id: str | None = None
    prompt_version: str | None = None
    reviewer: str | None = None
    answered_at: datetime | None = None
    written_time: str | None = None
    seconds: float | None = None
    is_skipped: bool = False
    reviews: Mapping[str, PolicyReview] = Field(default_factory=dict)
    note: Annotated[str, AfterValidator(_clipped_note)] | None = None
    problem: str | None = Field(default=None, description="Why the record cannot be read; it quotes nothing of it")

    def record(self) -> dict[str, Any]:
        """The answer without file, position and note: what is kept of one that is not taken."""
        return self.model_dump(mode="json", exclude={"file_name", "position", "note"}, exclude_defaults=True)
