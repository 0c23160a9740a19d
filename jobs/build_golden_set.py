"""Add the day's expert verdicts and curated items to the golden set, and pin its first items as anchors."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.curated_items import curated_format, curated_items
from lib.labelling.golden_set import judged_items, new_items, with_anchors
from lib.labelling.labeler_quality.window import QualityWindow
from lib.labelling.redaction.redacted_rows import redacted_rows
from lib.labelling.redaction.redaction import Redaction
from lib.privacy.removed_content import require_content
from lib.run_context import RunContext
from lib.settings import load_design_for, load_policies
from lib.storage import Commit, Storage
from schemas import golden_set, labels, rung_samples, sample_content, samples
from schemas.contracts.settings import Settings

STEP = "build_golden_set"
_READ = (samples.TABLE, sample_content.TABLE, rung_samples.TABLE, labels.TABLE)


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the golden items that are new on the day; those of earlier days stay as they are."""
    storage = Storage(spark, settings.storage, writes=(golden_set.TABLE,))
    require_content(storage, run_context.ds)
    ds, calibration, policies = run_context.ds, settings.calibration, load_policies()
    design = load_design_for(settings.sampling.design, policies)
    tables = {spec.name: storage.read(spec) for spec in _READ}
    known = storage.read_if_exists(golden_set.TABLE)
    window = QualityWindow.of(
        tables,
        design_id=design.design_id,
        ds=ds,
        window_days=calibration.window_days,
        series_breaks=settings.series_breaks,
    )

    items = judged_items(window)
    if (path := calibration.curated_path) is not None:
        file = storage.read_dataset(path, curated_format(path))
        items = items.unionByName(curated_items(file, path=path, policies=policies))
    added = with_anchors(
        new_items(items, known, ds=ds),
        known,
        ds=ds,
        anchors_per_verdict=calibration.anchors_per_verdict,
        seed=calibration.seed,
    )

    kept = redacted_rows(added, Redaction(settings.privacy.redaction))
    return [storage.replace_day(golden_set.TABLE, run_context.stamp(kept), ds)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
