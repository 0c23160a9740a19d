"""Publishes the page of the data checks beside the dashboard, from check_results."""

from datetime import timedelta

from pyspark.sql import functions as F

from lib.reporting.checks_page import SHOWN_DAYS, write_checks_page
from lib.reporting.neighbouring_page import NeighbouringPage
from lib.storage import Storage
from schemas import check_results
from schemas.contracts.settings import Settings


def publish_results(storage: Storage, settings: Settings) -> NeighbouringPage | None:
    """Write the page of the last checked days; None, and no page, if nothing was checked yet."""
    stored = storage.read_if_exists(check_results.TABLE)
    if stored is None:
        return None
    last = stored.agg(F.max("ds").alias("ds")).collect()[0]["ds"]
    if last is None:
        return None
    recent = stored.where(F.col("ds") > F.lit(last - timedelta(days=SHOWN_DAYS))).drop("distribution")
    return write_checks_page(recent.toPandas(), dashboard_path=settings.reporting.dashboard_path)
