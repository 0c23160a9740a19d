"""Score the units of a day: by the latest scorer trained on earlier days, or by the scores in the logs."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.privacy.removed_content import require_content
from lib.run_context import RunContext
from lib.scoring.day_scores import day_scores
from lib.settings import load_policies
from lib.storage import Commit, Storage
from schemas import interaction_units, pin_log, scorers, unit_scores
from schemas.contracts.settings import Settings

STEP = "score_units"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write unit_scores of the day; without a scorer every unit is there with no score."""
    storage = Storage(spark, settings.storage, writes=(unit_scores.TABLE,))
    require_content(storage, run_context.ds)
    storage.require_day(interaction_units.TABLE, run_context.ds)
    units = storage.read_day(interaction_units.TABLE, run_context.ds)

    scoring = settings.scoring
    scored = day_scores(
        units,
        settings=scoring,
        scorers=storage.read_if_exists(scorers.TABLE) if scoring.source == "text_scorer" else None,
        pin_log=storage.read_log(pin_log.WITH_EMBEDDINGS, run_context.ds) if scoring.learns_from_images else None,
        ds=run_context.ds,
        policies=[policy.id for policy in load_policies()],
    )
    return [storage.replace_day(unit_scores.TABLE, run_context.stamp(scored), run_context.ds)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
