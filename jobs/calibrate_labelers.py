"""Say how good each labeler is, and how well the golden set resembles what is measured, over a window of days."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.labeler_quality.window import QualityWindow
from lib.labelling.labeler_quality.window_quality import drift_lines, golden_coverage_of, labeler_quality_of
from lib.run_context import RunContext
from lib.settings import load_design_for, load_policies
from lib.storage import Commit, Storage
from schemas import (
    golden_coverage,
    golden_set,
    golden_verdicts,
    labeler_quality,
    labels,
    review_tasks,
    rung_samples,
    sample_content,
    samples,
)
from schemas.contracts.settings import Settings

STEP = "calibrate_labelers"
_REQUIRED = (samples.TABLE, sample_content.TABLE, rung_samples.TABLE, labels.TABLE)
_OPTIONAL = (review_tasks.TABLE, golden_set.TABLE, golden_verdicts.TABLE)


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write labeler_quality and golden_coverage of the window that ends on the day."""
    storage = Storage(spark, settings.storage, writes=(labeler_quality.TABLE, golden_coverage.TABLE))
    ds, calibration, policies = run_context.ds, settings.calibration, load_policies()
    design_id = load_design_for(settings.sampling.design, policies).design_id
    tables = {spec.name: storage.read(spec) for spec in _REQUIRED}
    tables |= {spec.name: table for spec in _OPTIONAL if (table := storage.read_if_exists(spec)) is not None}
    window = QualityWindow.of(
        tables, design_id=design_id, ds=ds, window_days=calibration.window_days, series_breaks=settings.series_breaks
    )
    golden = tables.get(golden_set.TABLE.name)

    quality = labeler_quality_of(
        window, golden=golden, golden_verdicts=tables.get(golden_verdicts.TABLE.name), settings=calibration
    )
    coverage = golden_coverage_of(
        window, golden=golden, policies=[policy.id for policy in policies], settings=calibration
    )

    commits = []
    for spec, records in ((labeler_quality.TABLE, quality), (golden_coverage.TABLE, coverage)):
        rows = run_context.stamp(storage.rows(spec, [record | {"design_id": design_id} for record in records]))
        commits.append(storage.replace_day(spec, rows, ds, design_id=design_id))
    for line in drift_lines(quality):
        structlog.get_logger().warning(f"{STEP} {ds}: {line}")
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
