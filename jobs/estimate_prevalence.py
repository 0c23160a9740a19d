"""Reduce the day's labelled sample to moments, and estimate every period that contains the day from moments alone."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.counted_labels import counted_labels
from lib.moments.day_moments import day_moments, period_numbers
from lib.moments.periods import owned_rows, periods_of
from lib.release.moment_inputs import MOMENTS_MADE_OF, made_of
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import labels, prevalence, prevalence_moments, rung_samples, samples, sampling_frame
from schemas.contracts.settings import Settings

STEP = "estimate_prevalence"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write prevalence_moments of the day, then prevalence of the day, its week, its quarter and all days.

    Every number is held until release_metrics releases it.
    """
    storage = Storage(spark, settings.storage, writes=(prevalence_moments.TABLE, prevalence.TABLE))
    storage.require_day(rung_samples.TABLE, run_context.ds)
    ds = run_context.ds
    policies = [policy.id for policy in load_policies()]
    design_id = load_design(settings.sampling.design).design_id
    read = {spec.name: storage.read_design(spec, design_id, ds) for spec in MOMENTS_MADE_OF}
    verdicts = counted_labels(
        read[labels.TABLE.name],
        read[rung_samples.TABLE.name],
        policies=policies,
        series_breaks=settings.series_breaks,
    )

    moments = day_moments(
        read[samples.TABLE.name],
        read[sampling_frame.TABLE.name],
        verdicts,
        policies=policies,
        rungs=settings.labelling.rungs,
        estimation=settings.estimation,
        made_of=made_of(read, settings),
    )
    commits = [storage.replace_day(prevalence_moments.TABLE, run_context.stamp(moments), ds, design_id=design_id)]

    stored = storage.read_design(prevalence_moments.TABLE, design_id)
    numbers = storage.rows(prevalence.TABLE, period_numbers(stored, ds=ds, estimation=settings.estimation))
    owned = owned_rows(periods_of(ds), design_id=design_id)
    commits.append(storage.replace(prevalence.TABLE, run_context.stamp(numbers), where=owned))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
