"""What every job's command line shares: arguments, settings, session, one-sentence errors."""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from pyspark.sql import SparkSession

from lib.error_sentence import error_sentence
from lib.log_lines import chosen_format, configure_logging, error_facts, is_json_logged
from lib.progress import StepReport, reported
from lib.quality.step_checks import StepChecks
from lib.run_context import RunContext
from lib.session import build_session
from lib.settings import load_settings
from lib.step_metrics import publish_step_metrics
from lib.storage import Commit
from lib.storage_faults import named_fault
from schemas.contracts.settings import Settings
from schemas.errors import PlumblineError

Parsed = TypeVar("Parsed")
StepFunction = Callable[[SparkSession, Settings, RunContext], Sequence[Commit]]


def argument_parser(description: str | None, *, has_day: bool = True) -> argparse.ArgumentParser:
    """A parser with the arguments that all jobs take; `has_day` is false for those that work on no day of their own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    if has_day:
        parser.add_argument(
            "--ds", required=True, type=day, help="day to work on, YYYY-MM-DD; YYYY-MM-DD~N: the day N days before it"
        )
    parser.add_argument("--env", default="local", metavar="NAME", help="layer conf/NAME.yaml (default: local)")
    parser.add_argument(
        "--conf", action="append", default=[], type=Path, metavar="FILE", help="further YAML layer; may be repeated"
    )
    parser.add_argument(
        "--set", action="append", default=[], dest="assignments", metavar="SECTION.KEY=VALUE", help="one setting"
    )
    return parser


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings that the parsed `arguments` name; log lines take their form from them. Raises ConfigurationError."""
    settings = load_settings(arguments.env, arguments.conf, arguments.assignments)
    configure_logging(chosen_format(settings.operations.log_format))
    return settings


def day(text: str) -> date:
    """The day that `text` names, or with ~N the Nth day before it: some schedulers know only the day on which they run.

    Raises ValueError.
    """
    said, separator, before = text.partition("~")
    if separator and not re.fullmatch(r"[0-9]{1,4}", before):
        raise ValueError(f"`{before[:80]}` is no number of days")
    return date.fromisoformat(said) - timedelta(days=int(before or 0))


def in_own_words(parse: Callable[[str], Parsed]) -> Callable[[str], Parsed]:
    """The type of an argument whose own sentence is shown if it is refused; of a ValueError argparse tells no more."""

    def parsed(text: str) -> Parsed:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parsed


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

    `checks` are those of the process, where it runs several steps and stores their results itself. Raises
    FailedChecksError before or after the step, and PlumblineError for what the user can mend, also where an engine has
    words of its own for it.
    """
    around, context = checks or StepChecks.of(spark, settings), run_context.of_step()
    report = StepReport(step, context)
    try:
        alone = around.stored_at_end() if checks is None else nullcontext()
        with reported(report), _faults_named(settings), alone:
            around.before(step, context)
            report.commits.extend(run(spark, settings, context))
            around.after(step, context)
    finally:
        publish_step_metrics(settings.operations.metrics_folder, report)
    return report.commits


@contextmanager
def _faults_named(settings: Settings) -> Iterator[None]:
    """Turn what an engine says about a full disk or a damaged file into a PlumblineError."""
    try:
        yield
    except Exception as error:
        if isinstance(error, PlumblineError) or (fault := named_fault(error, settings.storage)) is None:
            raise
        raise fault from error


def exit_code_of(work: Callable[[], None]) -> int:
    """Run `work`; an error that the user can mend becomes one sentence on standard error and its own exit code.

    Where log lines are JSON, the sentence is one of them; so is any other error, of which no words are shown.
    """
    try:
        configure_logging(chosen_format())
        work()
    except PlumblineError as error:
        if is_json_logged():
            return _logged_end(error_sentence(error), error, exit_code=error.exit_code)
        print(f"plumbline: {error_sentence(error)}", file=sys.stderr)  # noqa: T201 - the one sentence of a command-line program
        return error.exit_code
    except Exception as error:
        if not is_json_logged():
            raise
        words = f"{type(error).__name__}: run the step with PLUMBLINE_LOG_FORMAT=text to see what it says."
        return _logged_end(words, error, exit_code=1)
    return 0


def _logged_end(words: str, error: Exception, *, exit_code: int) -> int:
    structlog.get_logger().error(words, kind="run_failed", exit_code=exit_code, **error_facts(error))
    return exit_code
