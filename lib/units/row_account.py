"""The account of every log: rows in = used + duplicates + quarantined."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.errors import RowAccountError


def row_account(joined: DataFrame, *, logs: Mapping[str, DataFrame]) -> DataFrame:
    """One row per log: source, rows_in, rows_used, rows_duplicate, rows_quarantined.

    rows_in is counted in the log itself, the rest in what became of it, so that a lost row shows.
    """
    has_response = F.col("response").isNotNull()
    uses = joined.select(
        *_account("query_log", (F.col("is_unit") & (F.col("response_rank") == 0)), "n_duplicate_queries"),
        *_account("response_log", (F.col("is_unit") & has_response), "n_duplicate_responses"),
        F.when(F.col("is_unit"), F.col("n_pins")).otherwise(0).alias("pin_log_used"),
        F.when(F.col("is_unit"), F.col("n_pin_deliveries") - F.col("n_pins")).otherwise(0).alias("pin_log_duplicate"),
        *(
            F.when(F.col(rejected).isNotNull(), F.size(rejected)).otherwise(0).alias(f"{source}_quarantined")
            for source, rejected in _REJECTED.items()
        ),
    )
    totals = uses.agg(*[F.coalesce(F.sum(name), F.lit(0)).alias(name) for name in uses.columns])
    by_source = totals.select(
        F.inline(
            F.array(
                *[
                    F.struct(
                        F.lit(source).alias("source"),
                        F.col(f"{source}_used").alias("rows_used"),
                        F.col(f"{source}_duplicate").alias("rows_duplicate"),
                        F.col(f"{source}_quarantined").alias("rows_quarantined"),
                    )
                    for source in logs
                ]
            )
        )
    )
    return by_source.join(_rows_in(logs), "source").select(
        "source", "rows_in", "rows_used", "rows_duplicate", "rows_quarantined"
    )


def require_balance(account: DataFrame) -> None:
    """Raise RowAccountError for the first log whose rows do not add up."""
    accounted = F.col("rows_used") + F.col("rows_duplicate") + F.col("rows_quarantined")
    for row in account.where(F.col("rows_in") != accounted).orderBy("source").collect():
        raise RowAccountError(
            f"Table `{row['source']}`: {row['rows_in']} rows in, but {row['rows_used']} used + "
            f"{row['rows_duplicate']} duplicates + {row['rows_quarantined']} quarantined; nothing was written. "
            "Was the partition written to during the run? If not, this is a defect: report it with the logs."
        )


_REJECTED = {"query_log": "rejected_queries", "response_log": "rejected_responses", "pin_log": "rejected_pins"}


def _account(source: str, is_used: Column, n_duplicates: str) -> list[Column]:
    return [
        is_used.cast("bigint").alias(f"{source}_used"),
        F.when(F.col("is_unit"), F.col(n_duplicates)).otherwise(0).alias(f"{source}_duplicate"),
    ]


def _rows_in(logs: Mapping[str, DataFrame]) -> DataFrame:
    counts = [
        log.agg(F.count(F.lit(1)).alias("rows_in")).select(F.lit(source).alias("source"), "rows_in")
        for source, log in logs.items()
    ]
    union = counts[0]
    for count in counts[1:]:
        union = union.unionByName(count)
    return union
