"""What earlier releases decided: the last decision on a number, and what was shown of it last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from lib.release.evidence import Span
from schemas.released_prevalence import NUMBER

_OF_A_PERIOD = tuple(name for name in NUMBER if name not in ("period_start", "period_end"))


@dataclass(frozen=True)
class PastReleases:
    """The releases of a design that a run finds.

    Args:
        previous: the day's last one as a row of `releases`; None if the day has none
        release_ids: all of the day
        last_released_at: when the last one of any day was decided, UTC
    """

    previous: Mapping[str, Any] | None = None
    release_ids: Sequence[str] = ()
    last_released_at: datetime | None = None


def past_releases(releases: DataFrame, ds: date) -> PastReleases:
    """What a release of day `ds` must know of those before it; `releases` are of one design."""
    of_day = releases.where(F.col("ds") == F.lit(ds))
    last_of_any_day = releases.agg(F.max("released_at").alias("last_of_any_day"))
    rows = last_of_any_day.join(of_day, F.lit(True), "left").orderBy(F.desc("released_at"), "release_id").collect()
    last = rows[0]["last_of_any_day"]
    found = [row.asDict() for row in rows if row["release_id"] is not None]
    return PastReleases(
        previous=found[0] if found else None,
        release_ids=[row["release_id"] for row in found],
        # Spark hands a timestamp over in the driver's own time zone, without naming it.
        last_released_at=None if last is None else last.astimezone(UTC),
    )


def latest_decisions(decided: DataFrame, releases: DataFrame) -> DataFrame:
    """The last decision on every number of `released_prevalence`; of a week or longer the one on its latest state.

    Decisions of a release that did not come to its end, which `releases` does not know, do not count.
    """
    anchor = (
        F.when(F.col("period") == "week", F.trunc("period_start", "week"))
        .when(F.col("period") == "quarter", F.trunc("period_start", "quarter"))
        .when(F.col("period") == "day", F.col("period_start"))
    )
    last = Window.partitionBy(*_OF_A_PERIOD, anchor).orderBy(F.desc("released_at"), "release_id")
    return _ranked_first(_committed(decided, releases), last)


def decisions_before(decided: DataFrame, releases: DataFrame, spans: Mapping[str, Span]) -> DataFrame:
    """Of every number about `spans`: the last row that was shown, if any, with `was_held_last`, the last decision."""
    about = F.lit(False)
    for period, span in spans.items():
        same = (F.col("period_start") == F.lit(span.first)) & (F.col("period_end") == F.lit(span.last))
        about = about | ((F.col("period") == period) & same)
    known = _committed(decided.where(about), releases)
    by_time = Window.partitionBy(*NUMBER).orderBy(F.desc("released_at"), "release_id")
    last_status = F.first("status").over(by_time.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing))
    shown = known.withColumn("was_held_last", last_status == "held").where(F.col("status") == "released")
    return _ranked_first(shown, by_time)


def _committed(decided: DataFrame, releases: DataFrame) -> DataFrame:
    return decided.join(F.broadcast(releases.select("release_id")), "release_id", "left_semi")


def _ranked_first(rows: DataFrame, order: WindowSpec) -> DataFrame:
    ranked = rows.withColumn("_rank", F.row_number().over(order))
    return ranked.where(F.col("_rank") == 1).drop("_rank")
