"""Audit the configured design on the day's real frame: draw it many times, and certify what its numbers are worth."""

import sys
from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import structlog
from pyspark.sql import SparkSession

from lib.audit.day_audit import audit_day
from lib.command_line import run_job
from lib.labelling.ladder_draw import drawn_labels_of
from lib.planning.day_plan import EarlierDays
from lib.reporting.certificate import certificate_path, verdict_of, write_certificate
from lib.run_context import RunContext
from lib.settings import load_design_for, load_policies
from lib.storage import Commit, Storage
from schemas import design_audits, labels, samples, sampling_frame
from schemas import unit_scores as scores_contract
from schemas.contracts.settings import Settings

STEP = "audit_design"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write design_audits of the configured design for the day, and its certificate beside the dashboard."""
    storage = Storage(spark, settings.storage, writes=(design_audits.TABLE,))
    storage.require_day(sampling_frame.TABLE, run_context.ds)
    ds = run_context.ds
    policies = load_policies()
    design = load_design_for(settings.sampling.design, policies)
    frame = storage.read_design(sampling_frame.TABLE, design.design_id, ds)
    tables = {spec.name: storage.read_if_exists(spec) for spec in (samples.TABLE, labels.TABLE)}
    tables[labels.TABLE.name] = drawn_labels_of(storage, design.design_id, policies=[policy.id for policy in policies])
    until_now = ds + timedelta(days=1)

    records = audit_day(
        storage.read_day(scores_contract.TABLE, ds),
        frame,
        EarlierDays.of(tables, design_id=design.design_id, ds=until_now, window_days=settings.planning.window_days),
        ds=ds,
        design=design,
        policies=[policy.id for policy in policies],
        settings=settings,
    )

    audits = run_context.stamp(storage.rows(design_audits.TABLE, records))
    commit = storage.replace_day(design_audits.TABLE, audits, ds, design_id=design.design_id)
    shown = pd.DataFrame(records).assign(ds=ds, job_run_id=run_context.job_run_id)
    titles = {policy.id: policy.title for policy in policies}
    write_certificate(shown, dashboard_path=settings.reporting.dashboard_path, policy_titles=titles)
    path = certificate_path(settings.reporting.dashboard_path)
    structlog.get_logger().info(f"{STEP} {ds}: {verdict_of(shown)} See {path}.")
    return [commit]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
