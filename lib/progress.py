"""Tells people and collectors what is running: step, day, rows written, seconds, and how it ended."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args

import structlog

from lib.log_lines import error_facts
from lib.run_context import RunContext
from lib.storage import Commit
from schemas.errors import FailedChecksError, PlumblineError

ExitState = Literal["succeeded", "checks_failed", "refused", "crashed"]
EXIT_STATES: tuple[ExitState, ...] = get_args(ExitState)


@dataclass
class StepReport:
    """What a step wrote and how it ended, filled in while it runs.

    Args:
        step: its name
        run_context: the run, with what the step found
        commits: what it wrote
        seconds: how long it took, with the checks around it
        state: `checks_failed`: data checks stopped it or what comes after it; `refused`: for a reason that the user can
            mend; `crashed`: for any other, or it has not ended

    """

    step: str
    run_context: RunContext
    commits: list[Commit] = field(default_factory=list)
    seconds: float = 0.0
    state: ExitState = "crashed"

    def rows_written(self) -> dict[str, int]:
        """Rows written per table; a table that was written twice counts both."""
        written: Counter[str] = Counter()
        for commit in self.commits:
            written[commit.table] += commit.n_rows
        return dict(written)

    def rows(self) -> str:
        """Rows written per table, for people."""
        return ", ".join(f"{commit.table} {commit.n_rows:,}" for commit in self.commits) or "nothing"


@contextmanager
def reported(report: StepReport) -> Iterator[None]:
    """Log the start and the end of a step, and note its time and state; a failure is logged and raised again.

    Whatever is logged in between carries step, day and run.
    """
    step, run_context, started = report.step, report.run_context, time.monotonic()
    ds, logger = run_context.ds, structlog.get_logger()
    with structlog.contextvars.bound_contextvars(step=step, ds=f"{ds}", run_id=run_context.job_run_id):
        logger.info(f"{step} {ds}: started", kind="step_started")
        try:
            yield
        except BaseException as error:
            report.seconds, report.state = time.monotonic() - started, _state_after(error)
            facts = {"kind": "step_failed", "state": report.state, "seconds": round(report.seconds, 3)}
            logger.error(f"{step} {ds}: failed after {report.seconds:.1f} s", **facts, **error_facts(error))
            raise
        report.seconds, report.state = time.monotonic() - started, "succeeded"
        logger.info(
            f"{step} {ds}: wrote {report.rows()} in {report.seconds:.1f} s",
            kind="step_succeeded",
            state=report.state,
            seconds=round(report.seconds, 3),
            rows_written=report.rows_written(),
            rows_read=run_context.findings.rows_read,
            figures=run_context.findings.figures,
        )


def _state_after(error: BaseException) -> ExitState:
    if isinstance(error, FailedChecksError):
        return "checks_failed"
    return "refused" if isinstance(error, PlumblineError) else "crashed"
