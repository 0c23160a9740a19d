"""Write what the LLM labelers have not answered yet as Batch-API files; label_sample has drawn who is to be asked."""

import sys
from collections.abc import Sequence
from typing import Any

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.ladder_draw import LadderDraw
from lib.labelling.llm.batch_folder import BatchFolder
from lib.labelling.llm.batch_requests import export_requests
from lib.labelling.llm.warehouse_labeler import llm_labelers
from lib.labelling.redaction.redaction import Redaction
from lib.privacy.removed_content import require_content
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import rung_samples
from schemas.contracts.settings import Settings

STEP = "export_llm_batch"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write request files for the day's rungs of kind `llm`; no table is written."""
    storage = Storage(spark, settings.storage)
    require_content(storage, run_context.ds)
    storage.require_day(rung_samples.TABLE, run_context.ds)
    policies = load_policies()
    design_id = load_design(settings.sampling.design).design_id
    ladder = LadderDraw.of(storage, settings.labelling, policies=policies, design_id=design_id, run_context=run_context)

    rungs, redaction = settings.labelling.rungs, Redaction(settings.privacy.redaction)
    shared: dict[str, Any] = {"policies": policies, "redaction": redaction}
    shared |= {"storage": storage, "run_context": run_context}
    for rung, labeler in llm_labelers(rungs, **shared):
        export_requests(labeler, ladder.contents_on(rung), BatchFolder.of(storage, labeler))
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
