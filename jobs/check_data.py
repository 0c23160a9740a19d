"""Check the tables of a day, or of several: a sentence for each failure, and exit code 1 if there is one."""

import sys
from collections.abc import Sequence
from datetime import date

import structlog
from pyspark.sql import SparkSession

from lib.command_line import argument_parser, days_between, exit_code_of, run_step, settings_of
from lib.quality.data_checks import DataChecks
from lib.quality.results_page import publish_results
from lib.run_context import RunContext
from lib.session import build_session
from lib.storage import Commit, Storage
from schemas import check_results
from schemas.contracts.settings import Settings
from schemas.errors import FailedChecksError, MissingInputError
from schemas.tables import tables_named

STEP = "check_data"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write check_results of the day for quality.tables, by default all, and the page that shows them.

    Raises FailedChecksError, or MissingInputError if there is nothing to check.
    """
    storage, ds = Storage(spark, settings.storage), run_context.ds
    checks = DataChecks.of(storage, settings)
    specs = [spec for spec in tables_named(settings.quality.tables) if spec is not check_results.TABLE]

    checked = checks.check(specs, ds, is_written=False)
    missing = settings.quality.tables and [s.name for s in specs if s.name not in checked.tables]
    if missing or not checked.results:
        raise MissingInputError(
            f"Table `{missing[0] if missing else 'interaction_units'}`: field `ds` has no rows for {ds:%Y-%m-%d} to "
            "check; name another day, or mend storage.warehouse and storage.input.path."
        )
    commits = checks.store(checked, specs, run_context)
    publish_results(storage, settings)

    structlog.get_logger().info(f"{STEP} {ds}: {checked.summary()}")
    for line in checked.remarks():
        structlog.get_logger().warning(line)
    if checked.failures:
        raise FailedChecksError("\n".join(str(result.message) for result in checked.failures))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line: every day is checked, whether or not one before it fails."""
    parser = argument_parser(__doc__)
    parser.add_argument("--until", type=date.fromisoformat, metavar="DS", help="last day, to check several")
    parser.add_argument(
        "--table", action="append", default=[], dest="tables", metavar="NAME", help="table to check; may be repeated"
    )
    parsed = parser.parse_args(arguments)
    if parsed.tables:
        parsed.assignments.append(f"quality.tables=[{', '.join(parsed.tables)}]")

    def work() -> None:
        settings = settings_of(parsed)
        spark = build_session(settings.spark, app_name=f"plumbline-{STEP}")
        failures = []
        for ds in days_between(parsed.ds, parsed.until or parsed.ds):
            try:
                run_step(STEP, run, spark, settings, RunContext(ds=ds))
            except FailedChecksError as error:
                failures.append(str(error))
        if failures:
            raise FailedChecksError("\n".join(failures))

    return exit_code_of(work)


if __name__ == "__main__":
    sys.exit(main())
