"""Reduce the day's labelled sample to moments, and estimate every period that contains the day from moments alone."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.estimation.prevalence_rows import prevalence_rows
from lib.labelling.ladder import drawn_labels
from lib.labelling.series_labels import labels_of_series
from lib.moments.accumulate import accumulate_moments, known_totals
from lib.moments.ladder_rows import Ladder, ladder_rows
from lib.moments.periods import owned_rows, periods_of, roll_up
from lib.moments.response import with_response
from lib.moments.rung_bounds import rung_bounds
from lib.run_context import RunContext
from lib.sampling.draw import FrameTotals
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import labels, prevalence, prevalence_moments, rung_samples, samples, sampling_frame
from schemas.contracts.settings import Settings

STEP = "estimate_prevalence"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write prevalence_moments of the day, then prevalence of the day, its week, its quarter and all days."""
    storage = Storage(spark, settings.storage)
    storage.require_day(rung_samples.TABLE, run_context.ds)
    ds, estimation = run_context.ds, settings.estimation
    policies = [policy.id for policy in load_policies()]
    design_id = load_design(settings.sampling.design).design_id
    sample = storage.read_design(samples.TABLE, design_id, ds)
    frame = storage.read_design(sampling_frame.TABLE, design_id, ds)
    given = labels_of_series(storage.read_design(labels.TABLE, design_id, ds), settings.series_breaks)
    verdicts = drawn_labels(given, storage.read_design(rung_samples.TABLE, design_id, ds), policies=policies)

    ladder = Ladder.of(verdicts)
    rows = ladder_rows(sample, verdicts, policies=policies, rungs=ladder.rungs)
    answered = with_response(rows, cells=estimation.response_cells, minimum_respondents=estimation.minimum_respondents)
    sizes: dict[str, int | None] = {rung.rung: rung.sample_size for rung in settings.labelling.rungs}
    bounds = rung_bounds(
        FrameTotals.of(frame).exposure_totals, sample_sizes=[sizes.get(name) for name in ladder.rungs[1:]]
    )
    totals = known_totals(frame, policies=policies, measures=estimation.measures, rung_bounds=bounds)
    moments = accumulate_moments(answered, totals, ladder=ladder, measures=estimation.measures)
    commits = [storage.replace_day(prevalence_moments.TABLE, run_context.stamp(moments), ds, design_id=design_id)]

    stored = storage.read_design(prevalence_moments.TABLE, design_id)
    periods = periods_of(ds)
    rolled_up = [row.asDict() for row in roll_up(stored, periods).collect()]
    records = prevalence_rows(
        rolled_up,
        estimators=estimation.estimators,
        interval=estimation.interval,
        confidence_level=estimation.confidence_level,
        maximum_missing_label_rate=estimation.maximum_missing_label_rate,
    )
    numbers = storage.rows(prevalence.TABLE, records)
    owned = owned_rows(periods, design_id=design_id)
    commits.append(storage.replace(prevalence.TABLE, run_context.stamp(numbers), where=owned))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
