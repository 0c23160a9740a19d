"""Rows of check_results: each check with its figure, its limits, and what Great Expectations said."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lib.quality import messages
from lib.quality.check import Check
from lib.quality.distributions import Distribution
from lib.quality.expectations import Verdict
from schemas.contracts.quality_settings import AcceptedFailure
from schemas.tables import TABLES


@dataclass(frozen=True)
class Result:
    """How a check came out.

    Args:
        check: the check, with its limits
        ds: the day
        figure: what was found; None if nothing
        verdict: what the expectation said; None if it was not judged
        message: what is wrong, or why it was not judged; None if it passed
        is_accepted: whether conf lets steps go on after its failure
        distribution: of a watched column

    """

    check: Check
    ds: date
    figure: float | None
    verdict: Verdict | None
    message: str | None
    is_accepted: bool = False
    distribution: Distribution | None = None

    @property
    def is_passed(self) -> bool:
        """Whether nothing is known against it."""
        return self.verdict is None or self.verdict.is_passed

    @property
    def stops(self) -> bool:
        """Whether steps downstream must not go on."""
        return self.check.severity == "fail" and not self.is_passed and not self.is_accepted

    def record(self, *, job_run_checked: str | None) -> dict[str, Any]:
        """The columns of check_results but job_run_id."""
        return {
            "ds": self.ds,
            "table_name": self.check.table,
            "check_name": self.check.name,
            "kind": self.check.kind,
            "subject": self.check.subject,
            "severity": self.check.severity,
            "is_passed": self.is_passed,
            "is_judged": self.verdict is not None,
            "is_accepted": self.is_accepted,
            # A distance from a day of which nothing is left has no number; the sentence tells it.
            "figure": self.figure if self.figure is not None and math.isfinite(self.figure) else None,
            "at_least": self.check.at_least,
            "at_most": self.check.at_most,
            "expectation": self.verdict.expectation if self.verdict else None,
            "message": self.message,
            "distribution": dict(self.distribution) if self.distribution is not None else None,
            "job_run_checked": job_run_checked,
        }


def result_of(
    check: Check,
    ds: date,
    *,
    figure: float | None,
    verdict: Verdict | None,
    accepted: Sequence[AcceptedFailure],
    faults: str = "",
    not_judged: str = messages.NOTHING_TO_GO_BY,
    distribution: Distribution | None = None,
) -> Result:
    """The result of a check with its sentence. `not_judged`: why there is no verdict."""
    if verdict is None:
        return Result(check, ds, figure, None, not_judged, distribution=distribution)
    if verdict.is_passed:
        return Result(check, ds, verdict.figure, verdict, None, distribution=distribution)
    message = messages.failure(check, TABLES[check.table], ds, figure=verdict.figure, faults=faults)
    is_accepted = check.severity == "fail" and is_accepted_failure(accepted, ds, check.table, check.name)
    return Result(check, ds, verdict.figure, verdict, message, is_accepted, distribution)


def is_accepted_failure(accepted: Iterable[AcceptedFailure], ds: date, table: str, check: str) -> bool:
    """Whether conf accepts the failure of this check of this table on this day."""
    return any((known.ds, known.table, known.check) == (ds, table, check) for known in accepted)
