"""The daily numbers as they are released now."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.release.past_decisions import latest_decisions

_COLUMNS = (
    "period_start", "policy", "measure", "segment", "segment_value", "prevalence", "std_error", "ci_high",
    "confidence_level", "exposure_total", "n_positive", "status",
)  # fmt: skip


def released_numbers(decided: DataFrame, releases: DataFrame, *, estimator: str, first: date, last: date) -> DataFrame:
    """The last decision on every daily number of whole units by `estimator`, of days first..last.

    `decided` and `releases` are rows of released_prevalence and releases of one design. A release is of one day, and a
    daily number is decided by the releases of its own day only.
    """
    of_days = decided.where(F.col("ds").between(F.lit(first), F.lit(last)) & (F.col("period") == "day"))
    wanted = of_days.where((F.col("component") == "unit") & (F.col("estimator") == estimator))
    return latest_decisions(wanted, releases).select(*_COLUMNS)


def released_versions(releases: DataFrame, *, first: date, last: date) -> DataFrame:
    """Per day what the labels of its last release were made with: ds, prompt_versions, policies.

    `releases` are of one design; policies maps a policy to its version and content hash.
    """
    of_days = releases.where(F.col("ds").between(F.lit(first), F.lit(last)))
    latest = F.max_by(F.struct("prompt_versions", "policies"), F.struct("released_at", "release_id")).alias("latest")
    return of_days.groupBy("ds").agg(latest).select("ds", "latest.prompt_versions", "latest.policies")
