"""Finds what is new for the golden set: sampled units that experts judged, settled disagreements, items by hand."""

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels
from lib.labelling.labeler_quality.window import UNIT, QualityWindow
from lib.sampling.content import CONTENT, with_content
from lib.sampling.selection import permanent_random_number
from schemas.golden_set import SOURCES, TABLE
from schemas.labels import VERDICTS

ITEM = ("item_id", "policy", "policy_version")
# Random numbers of the golden set are a sequence of their own: being an anchor says nothing of being sampled.
_STREAM = "/anchor"
_UNKNOWN = "unknown"


def judged_items(window: QualityWindow) -> DataFrame:
    """Units with a final expert verdict: of the gold rung, with its weight, and of adjudications, without one.

    A unit that has both counts once, by the gold rung. Returns the columns of `golden_set` except ds, is_anchor and
    job_run_id.
    """
    is_sure = F.col("verdict").isin(*VERDICTS[:2])
    counted = current_labels(window.series_labels, keys=(*UNIT, "policy", "rung"))
    gold = counted.where((F.col("rung") == "gold") & is_sure).withColumn("source", F.lit("gold_rung"))
    is_settled = (F.col("review_role") == "adjudication") & (F.col("rung") != "gold")
    settled = counted.where(is_settled & is_sure).withColumn("source", F.lit("adjudication"))
    drawn = window.probabilities().where(F.col("rung") == "gold").select(*UNIT, "probability")
    weight = F.when(F.col("source") == "gold_rung", 1.0 / F.col("probability"))
    sampled = with_content(window.samples, window.sample_content)
    content = sampled.select(*UNIT, *CONTENT, "segments", "scores")
    judged = gold.unionByName(settled).join(content, list(UNIT)).join(drawn, list(UNIT), "left")
    rows = judged.select(
        F.col("unit_id").alias("item_id"), "policy", "policy_version", "verdict", "violating_components", *CONTENT,
        _segment("surface"), _segment("language"), "scores", weight.alias("weight"), "source",
    )  # fmt: skip
    return _once(rows)


def new_items(candidates: DataFrame, known: DataFrame | None, *, ds: date) -> DataFrame:
    """The candidates that no other day has brought into the golden set; each item once.

    `known` are rows of golden_set, None if there is none yet; those of `ds` itself are about to be replaced.
    """
    unique = _once(candidates)
    if known is None:
        return unique
    return unique.join(known.where(F.col("ds") != F.lit(ds)).select(*ITEM).distinct(), list(ITEM), "left_anti")


def with_anchors(
    items: DataFrame, known: DataFrame | None, *, ds: date, anchors_per_verdict: int, seed: int
) -> DataFrame:
    """The items of day `ds` with is_anchor: the first `anchors_per_verdict` of a policy, version and verdict, for ever.

    Of the items of one day those with the smallest permanent random numbers come first; of other days' places only
    those still free are taken. An anchor is never let go, not when the day runs again with more items either, so that
    the verdicts on it make a series.
    """
    kind = ["policy", "policy_version", "verdict"]
    named = items.withColumn("unit_id", F.col("item_id"))
    drawn = named.withColumn("prn", permanent_random_number(seed, _STREAM)).drop("unit_id")
    if known is None:
        marked = drawn.withColumns({"was_anchor": F.lit(False), "n_taken": F.lit(0)})
    else:
        anchors = known.where("is_anchor")
        same_day = anchors.where(F.col("ds") == F.lit(ds)).select(*ITEM).withColumn("was_anchor", F.lit(True))
        taken = anchors.where(F.col("ds") != F.lit(ds)).groupBy(*kind).agg(F.count(F.lit(1)).alias("n_taken"))
        marked = drawn.join(same_day, list(ITEM), "left").join(taken, kind, "left")
    order = Window.partitionBy(*kind).orderBy(F.coalesce("was_anchor", F.lit(False)).desc(), "prn", "item_id")
    free = F.lit(anchors_per_verdict) - F.coalesce("n_taken", F.lit(0))
    names = [name for name in TABLE.column_names if name not in ("ds", "job_run_id", "is_anchor")]
    ranked = marked.withColumn("place", F.row_number().over(order))
    return ranked.select(*names, (F.col("place") <= free).alias("is_anchor"))


def _once(rows: DataFrame) -> DataFrame:
    """Each item once: by the most trusted source, then by content, so that a re-run keeps the same row."""
    trust = F.array_position(F.array(*[F.lit(source) for source in SOURCES]), F.col("source"))
    order = Window.partitionBy(*ITEM).orderBy(trust, "verdict", "query_text", "response_text")
    return rows.withColumn("_place", F.row_number().over(order)).where(F.col("_place") == 1).drop("_place")


def _segment(name: str) -> Column:
    return F.coalesce(F.col("segments")[name], F.lit(_UNKNOWN)).alias(name)
