"""Checks around a step: what it reads must not have failed, and what it wrote is checked before anything goes on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

import structlog
from pyspark.sql import SparkSession

from lib.quality.aggregates import newest_runs, rows_in_mark
from lib.quality.data_checks import CheckedDay, DataChecks
from lib.quality.results_page import publish_results
from lib.quality.stored_results import StoredResults, stored_results
from lib.run_context import RunContext
from lib.storage import Storage
from schemas.check_results import READ_BY_STEPS
from schemas.contracts.settings import Settings
from schemas.errors import FailedChecksError
from schemas.table_spec import TableSpec
from schemas.tables import ancestors, read_by, written_by

HOW_TO_GO_ON = (
    "Mend it and run the day again; `make check` checks it anew. To let steps go on all the same, name day, table and "
    "check under quality.accepted_failures in conf; the release gate still holds the day's numbers."
)


@dataclass(frozen=True)
class _Unstored:
    """What a run has checked of a day and not stored yet."""

    run_context: RunContext
    checked: CheckedDay = field(default_factory=lambda: CheckedDay([]))
    specs: Mapping[str, TableSpec] = field(default_factory=dict)

    def with_later(self, checked: CheckedDay, specs: Sequence[TableSpec]) -> "_Unstored":
        names = {spec.name: spec for spec in specs}
        return _Unstored(self.run_context, self.checked.with_later(checked, names), {**self.specs, **names})


@dataclass
class StepChecks:
    """The checks around the steps of one process; it remembers what it has checked.

    `checks_now` gives those of the tables as they are now: what a step has written since the last ones is to be seen.
    Results are stored at the end, and before whatever reads them: a commit a step would cost more than many a check.
    What a killed run has not stored is not lost: a table whose checks nobody knows is checked before it is read.
    """

    checks_now: Callable[[], DataChecks]
    settings: Settings
    _stored: dict[date, StoredResults] = field(default_factory=dict)
    _failed: dict[tuple[date, str], list[str]] = field(default_factory=dict)
    _n_rows: dict[tuple[date, str], int] = field(default_factory=dict)
    _unstored: dict[date, _Unstored] = field(default_factory=dict)
    # Units are built ahead in a thread of their own, with the same checks.
    _storing: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, spark: SparkSession, settings: Settings) -> "StepChecks":
        """Those of a warehouse, for the configured design."""
        first = Storage(spark, settings.storage)
        return cls(lambda: DataChecks.of(first.later(), settings), settings)

    def before(self, step: str, run_context: RunContext) -> None:
        """Refuse the step if a table of the day that its rows come from failed its last check.

        Input logs are checked now: no step does before. So is a table that is not as it was checked, because the run
        that wrote it was killed, or is older than the checks. Raises FailedChecksError.
        """
        if step in READ_BY_STEPS:
            self.store()
        inputs, ds = read_by(step), run_context.ds
        unknown = [spec for spec in inputs if (ds, spec.name) not in self._failed]
        unchecked = [spec for spec in unknown if spec.is_input] + self._changed(unknown, ds)
        if unchecked:
            self._check(unchecked, run_context, is_written=False)
        reasons = [reason for spec in ancestors(inputs) for reason in self._reasons(spec, ds)]
        run_context.findings.rows_read.update(self._known_rows(inputs, ds))
        if reasons:
            raise FailedChecksError("\n".join([*reasons, f"Step {step} was not run. {HOW_TO_GO_ON}"]))

    def after(self, step: str, run_context: RunContext) -> None:
        """Check every table that the step writes; raises FailedChecksError."""
        specs = written_by(step)
        if specs:
            checked = self._check(specs, run_context, is_written=True)
            if checked.failures:
                reasons = [str(result.message) for result in checked.failures]
                raise FailedChecksError("\n".join([*reasons, f"Nothing after step {step} was run. {HOW_TO_GO_ON}"]))

    def store(self) -> None:
        """Store the results of all checks since the last time, in a commit for each day."""
        with self._storing:
            unstored, self._unstored = self._unstored, {}
            for of_day in unstored.values():
                self.checks_now().store(of_day.checked, list(of_day.specs.values()), of_day.run_context)

    @contextmanager
    def stored_at_end(self) -> Iterator[None]:
        """Store what was checked within; after an error as far as that is possible, for the error is what to tell."""
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self.store()
            raise
        self.store()

    def _check(self, specs: Sequence[TableSpec], run_context: RunContext, *, is_written: bool) -> CheckedDay:
        if self._unstored.keys() - {run_context.ds}:
            # A day is held against those before it.
            self.store()
        checks = self.checks_now()
        checked = checks.check(specs, run_context.ds, is_written=is_written)
        with self._storing:
            of_day = self._unstored.get(run_context.ds, _Unstored(run_context))
            self._unstored[run_context.ds] = of_day.with_later(checked, specs)
        for spec in specs:
            of_table = [str(result.message) for result in checked.failures if result.check.table == spec.name]
            self._failed[run_context.ds, spec.name] = of_table
        self._n_rows.update({(run_context.ds, table): n for table, n in checked.n_rows.items()})
        run_context.findings.count("checks_failed", checked.n_broken("fail"))
        run_context.findings.count("checks_held", checked.n_broken("hold"))
        run_context.findings.count("checks_warned", checked.n_broken("warn"))
        for line in checked.remarks():
            structlog.get_logger().warning(line)
        if checked.failures:
            self.store()
            publish_results(self.checks_now().storage, self.settings)
        return checked

    def _changed(self, specs: Sequence[TableSpec], ds: date) -> list[TableSpec]:
        """Tables of our own whose rows of the day are not those that were checked."""
        checks = self.checks_now()
        own = {spec.name: rows for spec in specs if not spec.is_input and (rows := checks.rows(spec, ds)) is not None}
        known: Mapping[str, str] = self._results(ds).job_runs if own else {}
        runs = newest_runs(own)
        return [spec for spec in specs if spec.name in runs and runs[spec.name] != known.get(spec.name)]

    def _reasons(self, spec: TableSpec, ds: date) -> Sequence[str]:
        """Why the table's last check of the day stops what is downstream."""
        if (ds, spec.name) in self._failed:
            return self._failed[ds, spec.name]
        return self._results(ds).failed.get(spec.name, [])

    def _known_rows(self, specs: Sequence[TableSpec], ds: date) -> dict[str, int]:
        """Rows of the day in `specs`, as far as a check has counted them, now or in an earlier run."""
        marks = self._results(ds).job_runs if specs else {}
        stored = {spec.name: rows_in_mark(marks[spec.name]) for spec in specs if spec.name in marks}
        return stored | {spec.name: n for spec in specs if (n := self._n_rows.get((ds, spec.name))) is not None}

    def _results(self, ds: date) -> StoredResults:
        if ds not in self._stored:
            checks = self.checks_now()
            self._stored[ds] = stored_results(checks.storage, ds, checks.settings)
        return self._stored[ds]
