"""What every job's command line shares: arguments, settings, session, one-sentence errors."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import SparkSession

from lib.error_sentence import error_sentence
from lib.progress import configure_logging, reported_step
from lib.quality.step_checks import StepChecks
from lib.run_context import RunContext
from lib.session import build_session
from lib.settings import load_settings
from lib.storage import Commit
from lib.storage_faults import named_fault
from schemas.contracts.settings import Settings
from schemas.errors import PlumblineError

StepFunction = Callable[[SparkSession, Settings, RunContext], Sequence[Commit]]


def argument_parser(description: str | None, *, has_day: bool = True) -> argparse.ArgumentParser:
    """A parser with the arguments that all jobs take; `has_day` is false for those that work on no day of their own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if has_day:
        parser.add_argument("--ds", required=True, type=date.fromisoformat, help="day to work on, YYYY-MM-DD")
    parser.add_argument("--env", default="local", metavar="NAME", help="layer conf/NAME.yaml (default: local)")
    parser.add_argument(
        "--conf", action="append", default=[], type=Path, metavar="FILE", help="further YAML layer; may be repeated"
    )
    parser.add_argument(
        "--set", action="append", default=[], dest="assignments", metavar="SECTION.KEY=VALUE", help="one setting"
    )
    return parser


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings that the parsed `arguments` name; raises ConfigurationError."""
    return load_settings(arguments.env, arguments.conf, arguments.assignments)


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def run_job(step: str, run: StepFunction, *, description: str | None, arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, build the session, run one step for one day; returns the exit code."""
    parsed = argument_parser(description).parse_args(arguments)
    return run_parsed(step, run, parsed, ds=parsed.ds)


def run_parsed(step: str, run: StepFunction, parsed: argparse.Namespace, *, ds: date) -> int:
    """As `run_job`, from parsed arguments and for day `ds`."""

    def work() -> None:
        settings = settings_of(parsed)
        spark = build_session(settings.spark, app_name=f"plumbline-{step}")
        run_step(step, run, spark, settings, RunContext(ds=ds))

    return exit_code_of(work)


def run_step(
    step: str,
    run: StepFunction,
    spark: SparkSession,
    settings: Settings,
    run_context: RunContext,
    checks: StepChecks | None = None,
) -> Sequence[Commit]:
    """Run one step for one day between the checks of what it reads and of what it wrote; report what and how long.

    `checks` are those of the process, where it runs several steps. Raises FailedChecksError before or after the step,
    and PlumblineError for what the user can mend, also where an engine has words of its own for it.
    """
    around = checks or StepChecks.of(spark, settings)
    with reported_step(step, run_context.ds) as report:
        try:
            around.before(step, run_context)
            commits = run(spark, settings, run_context)
            report.commits.extend(commits)
            around.after(step, run_context)
        except Exception as error:
            if isinstance(error, PlumblineError) or (fault := named_fault(error, settings.storage)) is None:
                raise
            raise fault from error
    return commits


def exit_code_of(work: Callable[[], None]) -> int:
    """Run `work`; an error that the user can mend becomes one sentence on standard error and its own exit code."""
    configure_logging()
    try:
        work()
    except PlumblineError as error:
        print(f"plumbline: {error_sentence(error)}", file=sys.stderr)  # noqa: T201 - the one sentence of a command-line program
        return error.exit_code
    return 0
