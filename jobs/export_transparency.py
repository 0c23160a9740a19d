"""Export a quarter for regulators: prevalence, labels, accuracy of automated labels, and how it was measured."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import argument_parser, in_own_words, run_parsed
from lib.reporting.report_period import ReportPeriod, quarter_named
from lib.reporting.transparency.export import write_export
from lib.reporting.transparency.source import TransparencySource
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas.contracts.settings import Settings

STEP = "export_transparency"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the export of the quarter that the day is in, in a folder beside the dashboard; it writes no table."""
    storage = Storage(spark, settings.storage)
    design_id = load_design(settings.sampling.design).design_id
    quarter = ReportPeriod.containing("quarter", run_context.ds)

    source = TransparencySource(storage, settings, design_id, quarter)
    data = source.read(policies=load_policies(), run_context=run_context)
    paths = write_export(data, dashboard_path=settings.reporting.dashboard_path)

    structlog.get_logger().info(f"{STEP} {quarter.name}: {len(paths)} files in {paths[0].parent}")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__, has_day=False)
    parser.add_argument(
        "--quarter", required=True, type=in_own_words(quarter_named), help="calendar quarter, for example 2026Q1"
    )
    parsed = parser.parse_args(arguments)
    return run_parsed(STEP, run, parsed, ds=parsed.quarter.first)


if __name__ == "__main__":
    sys.exit(main())
