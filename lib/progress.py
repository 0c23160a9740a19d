"""Tells people what is running: step, day, rows written, seconds."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog

from lib.credentials import text_without_credentials
from lib.storage import Commit


@dataclass
class StepReport:
    """What a step wrote, filled in while it runs."""

    commits: list[Commit] = field(default_factory=list)

    def rows(self) -> str:
        """Rows written per table, for people."""
        return ", ".join(f"{commit.table} {commit.n_rows:,}" for commit in self.commits) or "nothing"


def configure_logging() -> None:
    """Lines for people on standard error; standard output stays free for results."""
    structlog.configure(
        processors=[
            _without_credentials,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, sort_keys=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )


def _without_credentials(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Paths are logged, and somebody may have written a password into one."""
    return {**event, "event": text_without_credentials(str(event["event"]))}


@contextmanager
def reported_step(step: str, ds: date) -> Iterator[StepReport]:
    """Log the start and the end of a step; a failure is logged and raised again."""
    logger = structlog.get_logger()
    report = StepReport()
    started = time.monotonic()
    logger.info(f"{step} {ds}: started")
    try:
        yield report
    except Exception:
        logger.error(f"{step} {ds}: failed after {time.monotonic() - started:.1f} s")
        raise
    logger.info(f"{step} {ds}: wrote {report.rows()} in {time.monotonic() - started:.1f} s")
