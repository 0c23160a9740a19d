"""What the stream made of a day, and what the nightly batch made of it: a few counts."""

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.streaming.log_rows import LOGS


def reconciled_rows(row_account: DataFrame, stream_account: DataFrame) -> dict[str, dict[str, int]]:
    """Rows by log, from the day's rows of both accounts: rows_logged, rows_arrived, rows_late, rows_waiting.

    Only the last stream counts as waiting: what one before it left is no longer waited for.
    """
    logged = {row["source"]: row["rows_in"] for row in row_account.collect()}
    newest = F.max_by("n_waiting", F.struct("job_run_id", "batch_id"))
    sums = [F.sum("n_arrived").alias("arrived"), F.sum("n_late").alias("late"), newest.alias("waiting")]
    streamed = {row["source"]: row for row in stream_account.groupBy("source").agg(*sums).collect()}

    def by_log(name: str) -> dict[str, int]:
        return {source: int(streamed[source][name]) if source in streamed else 0 for source in LOGS}

    return {
        "rows_logged": {source: int(logged.get(source, 0)) for source in LOGS},
        "rows_arrived": by_log("arrived"),
        "rows_late": by_log("late"),
        "rows_waiting": by_log("waiting"),
    }


def reconciled_units(units: DataFrame, stream_units: DataFrame) -> dict[str, int]:
    """Units of the batch that the stream built alike, otherwise or not at all, and units of the stream alone."""
    counts = ("pin_count", "viewed_pin_count")
    ours = units.select("unit_id", F.struct(*counts).alias("by_batch"))
    theirs = stream_units.select("unit_id", F.struct(*counts).alias("by_stream"), "is_covered")
    both = ours.join(theirs, "unit_id", "full_outer")
    is_built, is_alike = F.col("by_stream").isNotNull(), F.col("by_batch") == F.col("by_stream")
    is_ours = F.col("by_batch").isNotNull()
    row = both.agg(
        F.count_if(is_ours).alias("n_units"),
        F.count_if(is_alike).alias("n_units_alike"),
        F.count_if(is_ours & is_built & ~is_alike).alias("n_units_changed"),
        F.count_if(is_ours & ~is_built).alias("n_units_missed"),
        F.count_if(~is_ours).alias("n_units_undone"),
        F.count_if(~F.col("is_covered")).alias("n_units_not_covered"),
    ).collect()[0]
    found: dict[str, Any] = row.asDict()
    return found


def reconciled_samples(samples: DataFrame, *, streamed: str, nightly: str) -> dict[str, int]:
    """Units of the day in the sample of design `streamed`, of design `nightly`, and in both."""
    by_unit = samples.groupBy("unit_id").agg(F.collect_set("design_id").alias("designs"))
    is_streamed, is_nightly = (F.array_contains("designs", design) for design in (streamed, nightly))
    row = by_unit.agg(
        F.count_if(is_streamed).alias("n_sampled"),
        F.count_if(is_nightly).alias("n_sampled_by_batch"),
        F.count_if(is_streamed & is_nightly).alias("n_sampled_by_both"),
    ).collect()[0]
    found: dict[str, Any] = row.asDict()
    return found
