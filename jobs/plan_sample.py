"""Plan the day's sample from its scores and from earlier days; once the day is estimated, check the plan against it."""

import sys
from collections.abc import Sequence

import structlog
from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.ladder_draw import drawn_labels_of
from lib.planning.day_check import check_day
from lib.planning.day_plan import EarlierDays, plan_day
from lib.planning.summary import alarm_lines, plan_summary
from lib.run_context import RunContext
from lib.settings import load_design_for, load_policies
from lib.storage import Commit, Storage
from schemas import labels, plan_checks, prevalence, prevalence_moments, sample_plans, samples, sampling_frame
from schemas import unit_scores as scores_contract
from schemas.contracts.settings import Settings

STEP = "plan_sample"
_READ = (samples.TABLE, labels.TABLE, sampling_frame.TABLE, prevalence_moments.TABLE, prevalence.TABLE)


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write sample_plans of the day, and plan_checks of the day and its week once prevalence is there."""
    storage = Storage(spark, settings.storage, writes=(sample_plans.TABLE, plan_checks.TABLE))
    storage.require_day(scores_contract.TABLE, run_context.ds)
    ds, estimation, planning = run_context.ds, settings.estimation, settings.planning
    policies = load_policies()
    design = load_design_for(settings.sampling.design, policies)
    design_id, policy_ids = design.design_id, [policy.id for policy in policies]
    tables = {spec.name: storage.read_if_exists(spec) for spec in (*_READ, plan_checks.TABLE)}
    tables[labels.TABLE.name] = drawn_labels_of(storage, design_id, policies=policy_ids)

    plans = plan_day(
        storage.read_day(scores_contract.TABLE, ds),
        EarlierDays.of(tables, design_id=design_id, ds=ds, window_days=planning.window_days),
        design=design,
        policies=policy_ids,
        rungs=settings.labelling.rungs,
        estimation=estimation,
        planning=planning,
    )
    planned = run_context.stamp(storage.rows(sample_plans.TABLE, [row | {"design_id": design_id} for row in plans]))
    commits = [storage.replace_day(sample_plans.TABLE, planned, ds, design_id=design_id)]

    checks = check_day(
        tables,
        storage.read_design(sample_plans.TABLE, design_id),
        design_id=design_id,
        ds=ds,
        policies=policy_ids,
        rungs=[rung.rung for rung in settings.labelling.rungs],
        estimation=estimation,
        significance=planning.alarm_significance,
    )
    checked = run_context.stamp(storage.rows(plan_checks.TABLE, [row | {"design_id": design_id} for row in checks]))
    commits.append(storage.replace_day(plan_checks.TABLE, checked, ds, design_id=design_id))
    for line in plan_summary(plans):
        structlog.get_logger().info(f"{STEP} {ds}: {line}")
    for line in alarm_lines(checks):
        structlog.get_logger().warning(f"{STEP} {ds}: {line}")
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
