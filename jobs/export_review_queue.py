"""Hand out the day's review tasks: new units, blind second reviews, hidden golden items, adjudications."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.review_queue.review_export import ReviewExport
from lib.privacy.removed_content import require_content
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import rung_samples
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.contracts.settings import Settings

STEP = "export_review_queue"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append the day's new tasks of every rung that people label to review_tasks, and write the queues' files."""
    storage = Storage(spark, settings.storage)
    require_content(storage, run_context.ds)
    policies = load_policies()
    design_id = load_design(settings.sampling.design).design_id

    commits = []
    for rung in settings.labelling.rungs:
        if isinstance(rung.labeler, ReviewQueueLabelerSettings):
            storage.require_day(rung_samples.TABLE, run_context.ds)
            export = ReviewExport(
                storage,
                rung.labeler,
                Redaction(settings.privacy.redaction),
                rung.rung,
                design_id,
                settings.labelling.seed,
                run_context,
            )
            commits.append(export.hand_out(policies))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
