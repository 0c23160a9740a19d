"""What a subject's version before this one made of its probes."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.probes.result_rows import PreviousResults


def previous_results(
    probe_results: DataFrame | None, *, subject_id: str, subject_version: str, ds: date
) -> PreviousResults | None:
    """Outcomes of the latest other version of `subject_id` up to day `ds`; None if there is none.

    Collects one row per policy and tactic.
    """
    if probe_results is None:
        return None
    earlier = probe_results.where(
        (F.col("subject_id") == subject_id) & (F.col("subject_version") != subject_version) & (F.col("ds") <= F.lit(ds))
    )
    latest = earlier.agg(F.max(F.struct("ds", "job_run_id", "subject_version")).alias("latest")).collect()[0]["latest"]
    if latest is None:
        return None
    is_latest = (F.col("ds") == F.lit(latest["ds"])) & (F.col("subject_version") == latest["subject_version"])
    outcomes: dict[str, str] = {}
    for row in earlier.where(is_latest).select("outcomes").collect():
        outcomes |= row["outcomes"]
    return PreviousResults(latest["subject_version"], latest["ds"], outcomes)
