"""Sample units as their log rows arrive, by the frame of an earlier day, so that labelling starts within minutes.

--ds is the first day to sample: rows of earlier days are counted as late, later days follow by themselves.
"""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.run_context import RunContext
from lib.settings import load_design, load_design_for, load_policies
from lib.storage import Commit, Storage
from lib.streaming.arriving_rows import arriving_rows
from lib.streaming.micro_batch import MicroBatches
from lib.streaming.pinned_frame import require_frame, require_same_numbers
from lib.streaming.sampling_stream import run_stream
from lib.units.identifiers import id_key
from schemas.contracts.settings import Settings

STEP = "stream_sample"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Add to samples and sample_content of the streamed design, and to the stream's own tables, batch by batch."""
    policies = load_policies()
    drawn_by = load_design_for(settings.sampling.design, policies)
    design = load_design(settings.streaming.design)
    require_same_numbers(design, drawn_by)
    storage = Storage(spark, settings.storage)
    require_frame(storage, run_context.ds, drawn_by=drawn_by)

    batches = MicroBatches(
        settings,
        run_context,
        design=design,
        drawn_by=drawn_by,
        policies=[policy.id for policy in policies],
        key=id_key(run_context.environment, settings.units.id_key_variable),
        checkpoint=settings.streaming.checkpoint or f"{settings.storage.warehouse.rstrip('/')}/_stream_checkpoint",
    )
    run_stream(arriving_rows(spark, settings), batches, settings.streaming)
    return batches.totals


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
