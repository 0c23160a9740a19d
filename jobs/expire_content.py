"""Remove texts and images of days older than privacy.content_days: from tables, from their old versions, from files."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import argument_parser, run_parsed
from lib.privacy.expiry import Expiry
from lib.run_context import RunContext
from lib.storage import Commit
from schemas.contracts.settings import Settings

STEP = "expire_content"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Remove what is older than privacy.content_days on the run's day, and note it in content_removals.

    Not to be run while another step writes to the warehouse: old files are deleted at once.
    """
    return Expiry(spark, settings, run_context).run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    parser = argument_parser(__doc__)
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and remove nothing")
    parsed = parser.parse_args(arguments)
    if parsed.dry_run:
        parsed.assignments.append("privacy.is_dry_run=true")
    return run_parsed(STEP, run, parsed, ds=parsed.ds)


if __name__ == "__main__":
    sys.exit(main())
