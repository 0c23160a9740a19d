"""Join the small files of the last days' partitions, and delete those that are past the retention of their table.

Rows, numbers and the versions that releases name stay as they are. May run beside other steps.
"""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from lib.table_maintenance import TableMaintenance
from schemas.contracts.settings import Settings
from schemas.tables import TABLES

STEP = "maintain_tables"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Compact and vacuum every table of the warehouse; no row is written, so there is nothing to report as such."""
    storage = Storage(spark, settings.storage)
    maintenance = TableMaintenance(spark, storage, settings.maintenance, ds=run_context.ds)
    for joined in maintenance.maintain(list(TABLES.values())):
        if joined.n_files_before:
            structlog.get_logger().info(
                f"{joined.table}: {joined.n_files_before:,} files joined into {joined.n_files_after:,}",
                table=joined.table,
                n_bytes_before=joined.n_bytes_before,
                n_bytes_after=joined.n_bytes_after,
            )
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
