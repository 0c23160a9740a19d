"""Label the day's sample rung by rung of the label ladder; each rung labels what climbs from the one below."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.label_rows import given_rationales, label_rows
from lib.labelling.labelers import build_labeler
from lib.labelling.ladder_draw import LadderDraw
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from schemas import label_rationales, labels, rung_samples, samples
from schemas.contracts.settings import Settings

STEP = "label_sample"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Draw every rung, and append its labels unless people give them later; verdicts that are there already stay.

    A rung above one that has no labels at all yet waits: who climbs depends on what is said below. What people said of
    the streamed sample holds for units of this one, too, if they say and show the same.
    """
    storage = Storage(spark, settings.storage, writes=(rung_samples.TABLE,))
    storage.require_day(samples.TABLE, run_context.ds)
    policies = load_policies()
    policy_versions = {policy.id: policy.version for policy in policies}
    design_id, early_id = (
        load_design(name).design_id for name in (settings.sampling.design, settings.streaming.design)
    )
    draw = LadderDraw.of(storage, settings.labelling, policies=policies, design_id=design_id, run_context=run_context)

    redaction = Redaction(settings.privacy.redaction)
    commits = []
    for rung in settings.labelling.rungs:
        if draw.waits_for_frame(rung):
            structlog.get_logger().info(f"{STEP} {run_context.ds}: rung {rung.rung} waits for the day's frame.")
            break
        commits += draw.draw_rung(rung)
        if rung.is_labelled_by_import:
            structlog.get_logger().info(f"{STEP} {run_context.ds}: rung {rung.rung} is drawn; its labels are imported.")
        else:
            labeler = build_labeler(
                rung, policies=policies, redaction=redaction, storage=storage, run_context=run_context
            )
            verdicts = label_rows(
                draw.contents_on(rung) if labeler.reads_content else draw.units_on(rung),
                labeler=labeler,
                rung=rung.rung,
                policy_versions=policy_versions,
                labelled_at=run_context.now_after(draw.last_labelled_at(rung), what=f"label of rung {rung.rung}"),
            )
            reasons = [(label_rationales.TABLE, given_rationales(verdicts))] if labeler.reads_content else []
            for spec, rows in (*reasons, (labels.TABLE, verdicts)):
                commits.append(storage.append_new(spec, run_context.stamp(rows), ds=run_context.ds))
        early = draw.early_labels(rung, early_id=early_id, policy_versions=policy_versions)
        if early is not None:
            commits.append(storage.append_new(labels.TABLE, run_context.stamp(early), ds=run_context.ds))
            if draw.rests_on_early(rung, early_id=early_id):
                break
        if not draw.has_labels(rung):
            break
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
