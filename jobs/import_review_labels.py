"""Take in what reviewers answered to the day's tasks: verdicts become labels, faulty answers are kept with a reason."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.review_queue.queue_files import read_answers
from lib.labelling.review_queue.review_import import ReviewImport
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.contracts.settings import Settings

STEP = "import_review_labels"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append labels, golden_verdicts and review_rejects from the answers folder of every rung that people label."""
    storage = Storage(spark, settings.storage)
    policies = load_policies()
    design_id = load_design(settings.sampling.design).design_id

    commits = []
    for rung in settings.labelling.rungs:
        if isinstance(rung.labeler, ReviewQueueLabelerSettings):
            answers = read_answers(rung.labeler.folder, maximum_answers=rung.labeler.maximum_answers)
            commits += ReviewImport(storage, rung, design_id, run_context).take_in(answers, policies)
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
