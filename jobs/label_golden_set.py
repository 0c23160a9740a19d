"""Let the configured labelers judge the pinned anchors of the golden set again, so that drift shows day by day."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.golden_labels import anchor_items, golden_items, golden_units, golden_verdict_rows
from lib.labelling.labelers import build_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.settings import load_policies
from lib.storage import Commit, Storage
from schemas import golden_set, golden_verdicts
from schemas.contracts.settings import Settings

STEP = "label_golden_set"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append the day's verdicts on all anchors pinned until then; without a golden set there is nothing to judge."""
    storage = Storage(spark, settings.storage)
    golden = storage.read_if_exists(golden_set.TABLE)
    if golden is None:
        return []
    policies = load_policies()
    versions = {policy.id: policy.version for policy in policies}
    anchors = anchor_items(golden_items(golden, ds=run_context.ds, policies=list(versions)))

    redaction = Redaction(settings.privacy.redaction)
    commits = []
    for rung in settings.labelling.rungs:
        if rung.rung not in settings.evaluation.anchor_rungs or rung.is_labelled_by_import:
            continue
        labeler = build_labeler(
            rung, policies=policies, redaction=redaction, storage=storage, run_context=run_context, judges_any_day=True
        )
        units = golden_units(anchors, label_sources=[labeler.label_source])
        rows = golden_verdict_rows(
            labeler.verdicts(units, list(versions)),
            anchors,
            labeler=labeler,
            rung=rung.rung,
            purpose="anchor",
            policy_versions=versions,
            labelled_at=run_context.now(),
        )
        commits.append(storage.append_new(golden_verdicts.TABLE, run_context.stamp(rows), ds=run_context.ds))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
