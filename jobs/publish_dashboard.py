"""Publish the offline dashboard: one self-contained HTML file from the tables as they are."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.release.past_decisions import latest_decisions
from lib.reporting.certificate import write_certificate
from lib.reporting.dashboard import render_dashboard
from lib.reporting.dashboard_data import DashboardData
from lib.reporting.dashboard_tables import (
    labels_by_source,
    latest_audit,
    of_units,
    sample_funnel,
    sampled_positives,
    scorers_used,
)
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from lib.whole_files import write_whole
from schemas import (
    design_audits,
    labels,
    prevalence_moments,
    released_prevalence,
    releases,
    row_account,
    sampling_frame,
)
from schemas.contracts.settings import Settings

STEP = "publish_dashboard"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the dashboard file, and the certificate it links to; it writes no table.

    It shows all days: numbers as they were released, and of held ones the reasons.
    """
    storage = Storage(spark, settings.storage)
    design_id = load_design(settings.sampling.design).design_id
    frame = storage.read_design(sampling_frame.TABLE, design_id)
    moments = storage.read_design(prevalence_moments.TABLE, design_id)
    decided = storage.read_design(released_prevalence.TABLE, design_id)
    releases_of_design = storage.read_design(releases.TABLE, design_id)
    titles = {policy.id: policy.title for policy in load_policies()}
    path = Path(settings.reporting.dashboard_path)

    certificate = None
    if storage.read_if_exists(design_audits.TABLE) is not None:
        audits = latest_audit(storage.read_design(design_audits.TABLE, design_id)).toPandas()
        certificate = write_certificate(audits, dashboard_path=f"{path}", policy_titles=titles)
    page = render_dashboard(
        DashboardData(
            prevalence=of_units(latest_decisions(decided, releases_of_design)).toPandas(),
            funnel=sample_funnel(frame, moments).toPandas(),
            positives=sampled_positives(moments).toPandas(),
            row_account=storage.read(row_account.TABLE).toPandas(),
            scorers=scorers_used(frame).toPandas(),
            label_sources=labels_by_source(storage.read(labels.TABLE)).toPandas(),
            policy_titles=titles,
            published_estimator=settings.estimation.published_estimator,
            confidence_level=settings.estimation.confidence_level,
            generated_at=run_context.now(),
            job_run_id=run_context.job_run_id,
            design_ids=[design_id],
            certificate=certificate,
        )
    )

    write_whole(path, page)
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
