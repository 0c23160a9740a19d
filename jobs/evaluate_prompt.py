"""Compare two prompts or policy versions on golden items, and list where they differ, before anything is switched."""

import sys
from collections.abc import Sequence
from pathlib import Path

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.estimation.comparison.evaluation_rows import ComparisonRule, evaluation_rows
from lib.labelling.compared_labelers import compared_labelers, comparison_id, sides_as_columns, title_of
from lib.labelling.disagreement_list import write_disagreements
from lib.labelling.golden_labels import golden_items, golden_units, golden_verdict_rows
from lib.labelling.prompt_evaluation import disagreements, expert_verdicts, paired_verdicts, with_content
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas import golden_set, golden_verdicts, prompt_evaluations
from schemas.contracts.settings import Settings
from schemas.table_spec import one_of

STEP = "evaluate_prompt"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Label the golden items known on the day by both sides; write prompt_evaluations and the list to read."""
    storage, evaluation, ds = (
        Storage(spark, settings.storage, writes=(prompt_evaluations.TABLE,)),
        settings.evaluation,
        run_context.ds,
    )
    baseline, candidate = compared_labelers(settings, storage=storage, run_context=run_context)
    items = golden_items(storage.read(golden_set.TABLE), ds=ds, policies=list(candidate.policy_versions))
    sides = (baseline, candidate)
    units = golden_units(items, label_sources=[side.labeler.label_source for side in sides])
    verdicts = [side.labeler.verdicts(units, list(side.policy_versions)) for side in sides]
    experts = expert_verdicts(items, policy_versions=candidate.policy_versions)
    paired = paired_verdicts(experts, baseline=verdicts[0], candidate=verdicts[1])

    commits = []
    for side, said in zip(sides, verdicts, strict=True):
        rows = golden_verdict_rows(
            said,
            items,
            labeler=side.labeler,
            rung=side.rung,
            purpose="evaluation",
            policy_versions=side.policy_versions,
            labelled_at=run_context.now(),
        )
        commits.append(storage.append_new(golden_verdicts.TABLE, run_context.stamp(rows), ds=ds))
    pairs = [row.asDict() for row in paired.collect()]
    rule = ComparisonRule(evaluation.confidence_level, evaluation.minimum_violating, evaluation.minimum_not_violating)
    compared = comparison_id(baseline, candidate)
    records = [sides_as_columns(baseline, candidate, row) for row in evaluation_rows(pairs, rule=rule)]
    evaluated = run_context.stamp(storage.rows(prompt_evaluations.TABLE, records))
    where = f"ds = DATE'{ds:%Y-%m-%d}' AND {one_of('comparison_id', [compared])}"
    commits.append(storage.replace(prompt_evaluations.TABLE, evaluated, where=where))

    found = disagreements(pairs, maximum_listed=evaluation.maximum_listed)
    listed = with_content(found, units, Redaction(settings.privacy.redaction))
    paths = write_disagreements(
        listed,
        records,
        title=title_of(baseline, candidate, ds),
        policy_titles={policy.id: policy.title for policy in candidate.policies},
        stem=Path(evaluation.folder) / f"{ds}_{compared}",
    )
    structlog.get_logger().info(f"{STEP} {ds}: disagreements to read are in {paths[0]} and {paths[1]}.")
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
