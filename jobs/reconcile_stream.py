"""Hold a day's stream against the nightly batch: rows and units that came too late, sampled units that are in both."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.run_context import RunContext
from lib.settings import load_design
from lib.storage import Commit, Storage
from lib.streaming.reconciliation import reconciled_rows, reconciled_samples, reconciled_units
from schemas import interaction_units, row_account, samples, stream_account, stream_reconciliation, stream_units
from schemas.contracts.settings import Settings

STEP = "reconcile_stream"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write stream_reconciliation of the day, once its units are built and its sample is drawn."""
    storage = Storage(spark, settings.storage, writes=(stream_reconciliation.TABLE,))
    ds = run_context.ds
    storage.require_day(interaction_units.TABLE, ds)
    streamed, nightly = (load_design(name).design_id for name in (settings.streaming.design, settings.sampling.design))
    row = (
        {"ds": ds, "design_id": streamed}
        | reconciled_rows(storage.read_day(row_account.TABLE, ds), storage.read_day(stream_account.TABLE, ds))
        | reconciled_units(storage.read_day(interaction_units.TABLE, ds), storage.read_day(stream_units.TABLE, ds))
        | reconciled_samples(storage.read_day(samples.TABLE, ds), streamed=streamed, nightly=nightly)
    )
    rows = storage.rows(stream_reconciliation.TABLE, [row])
    return [storage.replace_day(stream_reconciliation.TABLE, run_context.stamp(rows), ds, design_id=streamed)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
