"""Label the day's sample rung by rung of the label ladder; each rung labels what climbs from the one below."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.label_rows import current_labels, label_rows
from lib.labelling.labelers import build_labeler
from lib.labelling.ladder import labelled_so_far, on_first_rung
from lib.run_context import RunContext
from lib.sampling.draw import FrameTotals
from lib.sampling.rungs import climb_to_rung
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import labels, samples, sampling_frame
from schemas.contracts.settings import Settings

STEP = "label_sample"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Append the labels of every configured rung for the day; verdicts that are there already stay."""
    storage = Storage(spark, settings.storage)
    storage.require_day(samples.TABLE, run_context.ds)
    ds = run_context.ds
    policies = load_policies()
    design_id = load_design(settings.sampling.design).design_id
    sample = storage.read_design(samples.TABLE, design_id, ds)
    totals = FrameTotals.of(storage.read_design(sampling_frame.TABLE, design_id, ds))
    rungs = settings.labelling.rungs
    labelers = [build_labeler(rung, ds=ds, policies=policies, read_dataset=storage.read_dataset) for rung in rungs]

    commits = []
    climbing = on_first_rung(sample)
    for position, (rung, labeler) in enumerate(zip(rungs, labelers, strict=True)):
        if position > 0:
            stored = current_labels(storage.read_day(labels.TABLE, ds))
            climbing = climb_to_rung(
                labelled_so_far(sample, stored, rungs=[lower.rung for lower in rungs[:position]]),
                rung=rung.rung,
                sample_size=rung.sample_size,
                exposure_totals=totals.exposure_totals,
                policy_importance=totals.policy_importance,
                seed=settings.labelling.seed,
            )
        verdicts = label_rows(
            climbing,
            labeler=labeler,
            rung=rung.rung,
            policy_versions={policy.id: policy.version for policy in policies},
            labelled_at=run_context.now(),
        )
        commits.append(storage.append_new(labels.TABLE, run_context.stamp(verdicts), ds=ds))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
