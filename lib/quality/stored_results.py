"""What the last checks of a day said, as far as steps must know."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import functions as F

from lib.quality.result_rows import is_accepted_failure
from lib.storage import Storage
from schemas import check_results
from schemas.contracts.quality_settings import QualitySettings


@dataclass(frozen=True)
class StoredResults:
    """The failures of a day that stop what is downstream, and what was checked.

    Args:
        failed: table to the sentences of its failures
        job_runs: table to the last run whose rows were checked, and their number

    """

    failed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    job_runs: Mapping[str, str] = field(default_factory=dict)


def stored_results(storage: Storage, ds: date, settings: QualitySettings) -> StoredResults:
    """The last results of day `ds`; what conf accepts now does not stop."""
    if storage.read_if_exists(check_results.TABLE) is None:
        return StoredResults()
    results = storage.read_day(check_results.TABLE, ds)
    has_failed = ~F.col("is_passed") & (F.col("severity") == "fail")
    by_table = results.groupBy("table_name").agg(
        F.max("job_run_checked").alias("job_run_checked"),
        F.collect_list(F.when(has_failed, F.struct("check_name", "message"))).alias("failures"),
    )
    failed: dict[str, list[str]] = defaultdict(list)
    job_runs = {}
    for row in by_table.collect():
        if row["job_run_checked"] is not None:
            job_runs[row["table_name"]] = row["job_run_checked"]
        for check_name, message in sorted(row["failures"]):
            if not is_accepted_failure(settings.accepted_failures, ds, row["table_name"], check_name):
                failed[row["table_name"]].append(message)
    return StoredResults(failed, job_runs)
