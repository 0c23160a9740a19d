"""Runs the suites of tables for a day: figures by Spark, limits by the weeks before, verdicts by Great Expectations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.quality import messages
from lib.quality.aggregates import NEWEST_RUN, run_mark
from lib.quality.check import Check
from lib.quality.earlier_results import EarlierResults
from lib.quality.expectations import judged, judged_schema
from lib.quality.figures import DayTables, Figures, log_sizes, measured
from lib.quality.limited_checks import limited, limited_drift
from lib.quality.result_rows import Result, result_of
from lib.quality.suites import suite_of
from lib.run_context import RunContext
from lib.settings import load_design
from lib.storage import Commit, Storage
from schemas import check_results
from schemas.contracts.quality_settings import QualitySettings, Severity
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec
from schemas.tables import TABLES, ancestors


@dataclass(frozen=True)
class CheckedDay:
    """The results of a day, and what was checked of each table.

    Args:
        results: every result
        job_runs: table to the last run that wrote rows that were checked, and their number
        n_rows: table to the number of its rows, of tables that could be read

    """

    results: Sequence[Result]
    job_runs: Mapping[str, str] = field(default_factory=dict)
    n_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def failures(self) -> list[Result]:
        """The results that stop whatever is downstream."""
        return [result for result in self.results if result.stops]

    def n_broken(self, severity: Severity) -> int:
        """How many checks of `severity` did not pass, those that conf accepts too."""
        return sum(not result.is_passed and result.check.severity == severity for result in self.results)

    @property
    def tables(self) -> set[str]:
        """The tables that there was something to check of."""
        return {result.check.table for result in self.results}

    def remarks(self) -> list[str]:
        """What did not pass and stops nothing, a sentence each."""
        return [str(result.message) for result in self.results if not result.is_passed and not result.stops]

    def with_later(self, later: "CheckedDay", tables: Collection[str]) -> "CheckedDay":
        """Both; of `tables`, which `later` has checked, only what it says."""
        kept = [result for result in self.results if result.check.table not in tables]
        return CheckedDay([*kept, *later.results], {**self.job_runs, **later.job_runs}, {**self.n_rows, **later.n_rows})

    def summary(self) -> str:
        """How many checks came out how, for people."""
        counts = {
            "failed": self.n_broken("fail"),
            "failed without stopping": self.n_broken("hold"),
            "warned": self.n_broken("warn"),
            "not judged": sum(result.verdict is None for result in self.results),
        }
        said = ", ".join(f"{n} {how}" for how, n in counts.items() if n)
        return f"{len(self.results)} checks of {len(self.tables)} tables, {said or 'all passed'}"


@dataclass(frozen=True)
class DataChecks:
    """The checks of a warehouse, of one design where a table has several."""

    storage: Storage
    settings: QualitySettings
    design_id: str

    @classmethod
    def of(cls, storage: Storage, settings: Settings) -> "DataChecks":
        """Those of the configured design."""
        return cls(storage, settings.quality, load_design(settings.sampling.design).design_id)

    def check(self, specs: Sequence[TableSpec], ds: date, *, is_written: bool) -> CheckedDay:
        """Check the day of `specs`; a table that is not there is left out.

        `is_written`: a step has just written them, so that a table with rows every day must have some; otherwise only
        one must that another table's rows were made from.
        """
        tables = self._day_tables(specs, ds)
        checked = [spec for spec in specs if spec.name in tables.rows]
        faults = {spec.name: _faults(spec, tables.rows[spec.name]) for spec in checked}
        suites = {spec.name: suite_of(spec, self.settings) for spec in checked}
        usable = {name for name in tables.rows if not (faults.get(name) or _faults(TABLES[name], tables.rows[name]))}
        rows = {name: _with_absent_columns(TABLES[name], tables.rows[name]) for name in usable}
        measurable = DayTables(ds, rows, tables.of_any_day)
        logs = {spec.name: tables.rows[spec.name] for spec in checked if spec.is_input and spec.name in usable}
        judgeable = [check for name, suite in suites.items() if name in usable for check in suite]
        figures = measured([c for c in judgeable if c.kind != "schema"], measurable, log_sizes=log_sizes(logs))
        earlier = self._earlier(judgeable, ds)
        due = _due(checked, figures, is_written=is_written)

        results = []
        for spec in checked:
            if faults[spec.name] or spec.name in due:
                suite = suites[spec.name]
                results += self._schema_results(suite, ds, tables.rows[spec.name], faults[spec.name])
                if not faults[spec.name]:
                    is_empty = not figures.n_rows(spec.name)
                    asked = [c for c in suite if c.kind != "schema" and (not is_empty or c.kind == "row_count")]
                    results += self._results(asked, ds, figures, earlier)
        job_runs = {spec.name: run for spec in checked if (run := _newest_run(figures, spec))}
        n_rows = {spec.name: figures.n_rows(spec.name) for spec in checked if spec.name in usable}
        return CheckedDay(results, job_runs, n_rows)

    def store(self, checked: CheckedDay, specs: Sequence[TableSpec], run_context: RunContext) -> list[Commit]:
        """Replace the results of `specs` for the day, in one commit; none where there is nothing to say or replace."""
        if not checked.results and not self.storage.exists(check_results.TABLE):
            return []
        names = ", ".join(f"'{spec.name}'" for spec in specs)
        runs = checked.job_runs
        records = [result.record(job_run_checked=runs.get(result.check.table)) for result in checked.results]
        rows = run_context.stamp(self.storage.rows(check_results.TABLE, records))
        where = f"ds = DATE'{run_context.ds:%Y-%m-%d}' AND table_name IN ({names})"
        return [self.storage.replace(check_results.TABLE, rows, where=where)]

    def rows(self, spec: TableSpec, ds: date) -> DataFrame | None:
        """The rows of the day that are checked; None if the table is not there."""
        stored = self.storage.stored_day(spec, ds)
        return None if stored is None else self._of_design(stored)

    def _results(self, checks: Sequence[Check], ds: date, figures: Figures, earlier: EarlierResults) -> list[Result]:
        found: list[tuple[Check, float | None]] = []
        for check in checks:
            if check.kind == "drift":
                found.append(limited_drift(check, figures.distribution(check), earlier, ds, self.settings))
            else:
                found.append((limited(check, earlier, ds, self.settings), figures.of(check)))
        judgeable = {check.name: figure for check, figure in found if check.has_limit and figure is not None}
        verdicts = judged([check for check, _ in found if check.name in judgeable], judgeable)
        return [
            result_of(
                check,
                ds,
                figure=figure,
                verdict=verdicts.get(check.name),
                accepted=self.settings.accepted_failures,
                not_judged=messages.NOTHING_TO_GO_BY if check.has_limit else messages.TOO_LITTLE_HISTORY,
                distribution=figures.distribution(check) if check.kind == "drift" else None,
            )
            for check, figure in found
        ]

    def _schema_results(
        self, suite: Sequence[Check], ds: date, rows: DataFrame, faults: Mapping[str, str]
    ) -> list[Result]:
        """The result of the schema; with faults, the other checks are not judged."""
        accepted = self.settings.accepted_failures
        results = []
        for check in suite:
            if check.kind == "schema":
                spec = TABLES[check.table]
                columns = [c for c in spec.columns if not c.is_optional or c.name in rows.columns]
                promised = [f"{c.name} {c.data_type}" for c in columns]
                found = {f.name: f"{f.name} {f.dataType.simpleString()}" for f in rows.schema.fields}
                # A narrower type that widens without loss is as good as the promised one.
                kept = {c.name: f"{c.name} {c.data_type}" for c in columns if c.name not in faults}
                verdict = judged_schema(check, promised, list((found | kept).values()))
                text = "; ".join(faults.values())
                results.append(result_of(check, ds, figure=None, verdict=verdict, accepted=accepted, faults=text))
            elif faults:
                not_judged = messages.NOT_AS_PROMISED
                results.append(result_of(check, ds, figure=None, verdict=None, accepted=(), not_judged=not_judged))
        return results

    def _day_tables(self, specs: Sequence[TableSpec], ds: date) -> DayTables:
        """The tables of the day that the suites of `specs` look at."""
        others = {
            name
            for spec in specs
            for name in (*(r.table for r in spec.references if r.is_same_day), *(t.table for t in spec.totals))
        }
        names = sorted({spec.name for spec in specs} | others)
        rows = {name: rows for name in names if (rows := self.rows(TABLES[name], ds)) is not None}
        return DayTables(ds, rows, self._of_any_day)

    def _of_any_day(self, name: str) -> DataFrame | None:
        stored = self.storage.read_if_exists(TABLES[name])
        return None if stored is None else self._of_design(stored)

    def _of_design(self, rows: DataFrame) -> DataFrame:
        if "design_id" in rows.columns:
            return rows.where(F.col("design_id") == self.design_id)
        if "check_name" in rows.columns:
            # Results about results would be results again.
            return rows.where(F.col("table_name") != check_results.TABLE.name)
        return rows

    def _earlier(self, checks: Sequence[Check], ds: date) -> EarlierResults:
        """What the weeks before were like; nothing if no check asks."""
        names = sorted({check.table for check in checks if check.kind in ("volume", "missing_drift", "drift")})
        stored = self.storage.read_if_exists(check_results.TABLE) if names else None
        if stored is None:
            return EarlierResults()
        return EarlierResults.of(stored, names, ds, window_days=self.settings.window_days)


def _faults(spec: TableSpec, rows: DataFrame) -> dict[str, str]:
    """Column to what is wrong with it."""
    return {c.name: fault for c in spec.columns if (fault := c.fault_in(rows.schema)) is not None}


def _with_absent_columns(spec: TableSpec, rows: DataFrame) -> DataFrame:
    """`rows` with nulls in the optional columns that are absent, as steps read them."""
    absent = [c for c in spec.columns if c.is_optional and c.name not in rows.columns]
    return rows.select("*", *[F.lit(None).cast(c.data_type).alias(c.name) for c in absent])


def _due(specs: Sequence[TableSpec], figures: Figures, *, is_written: bool) -> set[str]:
    """The tables that have rows, and those that must have."""
    filled = {spec.name for spec in specs if figures.n_rows(spec.name)}
    made_from = {spec.name for spec in ancestors([TABLES[name] for name in filled])}
    return {
        spec.name
        for spec in specs
        if spec.name in filled or (spec.is_daily and not spec.is_input and (is_written or spec.name in made_from))
    }


def _newest_run(figures: Figures, spec: TableSpec) -> str | None:
    run = figures.aggregate(spec.name, NEWEST_RUN)
    return None if run is None else run_mark(run, figures.n_rows(spec.name))
