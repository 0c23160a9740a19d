"""What earlier releases decided: the last decision on a number, and what was shown of it last."""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from lib.release.evidence import Span
from schemas.released_prevalence import NUMBER

_OF_A_PERIOD = tuple(name for name in NUMBER if name not in ("period_start", "period_end"))


def latest_release(releases: DataFrame, ds: date) -> DataFrame:
    """The last release of day `ds`, at most one row; `releases` are of one design."""
    return releases.where(F.col("ds") == F.lit(ds)).orderBy(F.desc("released_at"), "release_id").limit(1)


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
