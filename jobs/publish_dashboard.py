"""Publish the offline dashboard: one self-contained HTML file from the tables as they are."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.quality.results_page import publish_results
from lib.reporting.certificate import write_certificate
from lib.reporting.dashboard import render_dashboard
from lib.reporting.dashboard_source import DashboardSource
from lib.reporting.dashboard_tables import latest_audit
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from lib.storage import Commit, Storage
from lib.whole_files import write_whole
from schemas import design_audits
from schemas.contracts.settings import Settings

STEP = "publish_dashboard"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the dashboard file, and the pages it links to, certificate and data checks; it writes no table.

    It shows the last days and weeks: numbers as they were released, and of held ones the reasons.
    """
    storage = Storage(spark, settings.storage)
    design_id = load_design(settings.sampling.design).design_id
    policies = load_policies()
    path = Path(settings.reporting.dashboard_path)

    certificate = None
    if storage.read_if_exists(design_audits.TABLE) is not None:
        audits = latest_audit(storage.read_design(design_audits.TABLE, design_id)).toPandas()
        titles = {policy.id: policy.title for policy in policies}
        certificate = write_certificate(audits, dashboard_path=f"{path}", policy_titles=titles)
    source = DashboardSource(storage, settings, design_id)
    checks_page = publish_results(storage, settings)
    page = render_dashboard(
        source.read(policies=policies, run_context=run_context, certificate=certificate, checks_page=checks_page)
    )

    write_whole(path, page)
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
