"""Publish the summary of a week for leadership: one page, HTML and PDF, from released figures."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import argument_parser, in_own_words, run_parsed
from lib.reporting.report_period import ReportPeriod, week_named
from lib.reporting.summary.publication import publish_summary_page
from lib.reporting.summary.source import SummarySource
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas.contracts.settings import Settings

STEP = "publish_summary"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the summary of the week that the day is in, beside the dashboard; it writes no table."""
    storage = Storage(spark, settings.storage)
    design_id = load_design(settings.sampling.design).design_id
    week = ReportPeriod.containing("week", run_context.ds)

    source = SummarySource(storage, settings, design_id, week)
    data = source.read(policies=load_policies(), run_context=run_context)
    published = publish_summary_page(
        data, dashboard_path=settings.reporting.dashboard_path, browser=settings.reporting.browser
    )

    log = structlog.get_logger()
    log.info(f"{STEP} {week.name}: {published.page}" + (f" and {published.pdf}" if published.pdf else ""))
    if published.problem:
        what = "the PDF is longer than one page" if published.pdf else "no PDF was made"
        log.warning(f"{STEP} {week.name}: {what}: {published.problem}.")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__, has_day=False)
    parser.add_argument(
        "--week", required=True, type=in_own_words(week_named), help="calendar week (ISO 8601), for example 2026-W10"
    )
    parsed = parser.parse_args(arguments)
    return run_parsed(STEP, run, parsed, ds=parsed.week.first)


if __name__ == "__main__":
    sys.exit(main())
