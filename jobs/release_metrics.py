"""Decide released or held for every number whose period contains the day, and record what the decision rests on."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.release.release_day import decide_release, write_release
from lib.release.summary import release_lines
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import prevalence, prevalence_moments, release_gates, released_prevalence, restatements
from schemas.contracts.settings import Settings

STEP = "release_metrics"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append the release, its gates, its numbers and what they correct; set status and reasons in `prevalence`.

    A day whose inputs have not changed since its release keeps that release, and no row is added.
    """
    storage = Storage(
        spark,
        settings.storage,
        writes=(release_gates.TABLE, released_prevalence.TABLE, restatements.TABLE, prevalence.TABLE),
    )
    storage.require_day(prevalence_moments.TABLE, run_context.ds)
    release = decide_release(
        storage,
        settings,
        policies=load_policies(),
        design=load_design(settings.sampling.design),
        run_context=run_context,
    )
    n_held = release.decision.n_held
    run_context.findings.count("numbers_held", n_held)
    run_context.findings.count("numbers_released", len(release.decision.numbers) - n_held)
    for line in release_lines(release):
        structlog.get_logger().info(f"{STEP} {run_context.ds}: {line}")
    return write_release(storage, release, run_context)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
