"""Rolls daily moments up to periods: sums of rows, no raw data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.row_order import in_one_order
from schemas.contracts.moment_names import COUNT_COLUMNS, MAX_COLUMNS, SUM_COLUMNS


@dataclass(frozen=True)
class Period:
    """A named span of days, both ends included; None is open."""

    name: str
    first: date | None
    last: date | None


def periods_of(ds: date) -> list[Period]:
    """The periods whose numbers change when day `ds` does: the day, its week from Monday, its quarter, all days."""
    monday = ds - timedelta(days=ds.weekday())
    first_month = 3 * ((ds.month - 1) // 3) + 1
    quarter = date(ds.year, first_month, 1)
    next_quarter = date(ds.year + first_month // 10, (first_month + 2) % 12 + 1, 1)
    return [
        Period("day", ds, ds),
        Period("week", monday, monday + timedelta(days=6)),
        Period("quarter", quarter, next_quarter - timedelta(days=1)),
        Period("all", None, None),
    ]


def roll_up(moments: DataFrame, periods: Sequence[Period]) -> DataFrame:
    """Sum the rows of `prevalence_moments` within each of `periods`, over days and strata.

    A day without a score takes part with a score of 0, in the sample and in the known total alike.
    Returns one row per period x design x policy x measure x segment x component x ladder
    in use, with first_ds, last_ds, n_days.
    """
    membership = F.array_compact(F.array(*[F.when(_contains(period), F.lit(period.name)) for period in periods]))
    chosen = moments.withColumn("period", F.explode(membership))
    in_order = in_one_order(chosen, "ds", "stratum")
    number = ("design_id", "policy", "measure", "segment", "segment_value", "component")
    return in_order.groupBy("period", *number, "rungs").agg(
        F.min("ds").alias("first_ds"),
        F.max("ds").alias("last_ds"),
        F.size(F.collect_set("ds")).alias("n_days"),
        F.some("has_score").alias("has_score"),
        F.array_sort(F.array_distinct(F.flatten(F.collect_list("label_sources")))).alias("label_sources"),
        *[F.sum(name).alias(name) for name in (*SUM_COLUMNS, *COUNT_COLUMNS)],
        *[F.max(name).alias(name) for name in MAX_COLUMNS],
    )


def owned_rows(periods: Sequence[Period], *, design_id: str) -> str:
    """SQL condition, on partition columns only, for the rows of `prevalence` that `periods` own.

    A number's ds is the last day with data of its period, so it lies within the period.
    """
    owned = " OR ".join(f"(period = '{period.name}'{_within(period)})" for period in periods)
    return f"design_id = '{design_id}' AND ({owned})"


def _contains(period: Period) -> Column:
    inside = F.lit(True)
    if period.first is not None:
        inside = inside & (F.col("ds") >= F.lit(period.first))
    if period.last is not None:
        inside = inside & (F.col("ds") <= F.lit(period.last))
    return inside


def _within(period: Period) -> str:
    first = f" AND ds >= DATE'{period.first:%Y-%m-%d}'" if period.first else ""
    return first + (f" AND ds <= DATE'{period.last:%Y-%m-%d}'" if period.last else "")
