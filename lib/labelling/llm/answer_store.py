"""Where the LLM labeler keeps its answers: a small port, so that it knows no paths, runs or clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame


@dataclass(frozen=True)
class AnswerStore:
    """Reads and appends `llm_answers` within one run.

    `read` gives all rows as of now. `append` adds rows without asked_at, ds and job_run_id, stamps them, computes them
    exactly once, and returns how many there were. `ds` is the day whose sample pays, `job_run_id` the run that asks.
    """

    read: Callable[[], DataFrame]
    append: Callable[[DataFrame], int]
    ds: date
    job_run_id: str
