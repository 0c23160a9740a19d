"""Measure how far a change of policy or prompt alone moved the numbers, from units labelled under both versions."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.estimation.change.series_break_rows import series_break_rows
from lib.labelling.bridge_labels import bridge_labels
from lib.labelling.declared_breaks import declared_breaks
from lib.moments.bridge_sums import bridge_sums
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import labels, samples, series_breaks
from schemas.contracts.settings import Settings

STEP = "estimate_break"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write series_breaks of the day: one row per declared break and measure; no published number is rewritten."""
    declared = declared_breaks(settings.series_breaks, ds=run_context.ds, policies=load_policies())
    storage = Storage(spark, settings.storage, writes=(series_breaks.TABLE,))
    design_id = load_design(settings.sampling.design).design_id
    sample, verdicts = (storage.read_design(table, design_id) for table in (samples.TABLE, labels.TABLE))
    estimation = settings.estimation

    records = []
    for known in declared:
        pairs = bridge_labels(verdicts, known)
        summed = bridge_sums(sample, pairs, overlap=known.overlap, measures=estimation.measures)
        records += series_break_rows(
            [row.asDict() for row in summed.collect()],
            known,
            design_id=design_id,
            confidence_level=estimation.confidence_level,
        )
    rows = run_context.stamp(storage.rows(series_breaks.TABLE, records))
    return [storage.replace_day(series_breaks.TABLE, rows, run_context.ds, design_id=design_id)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
