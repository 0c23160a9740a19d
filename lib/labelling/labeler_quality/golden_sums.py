"""Sums over verdicts on golden items: canaries beside the experts', anchors beside these and earlier verdicts."""

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler_quality.verdict_sums import LABELER, PAIR_KEYS
from schemas.labeler_quality import ALL

_ITEM = (*LABELER, "policy", "policy_version", "item_id")


def canary_sums(golden_verdicts: DataFrame, items: DataFrame, *, start: date, end: date) -> DataFrame:
    """Verdicts on canaries from `start` to `end` beside the experts', as `verdict_sums.reference_sums`, weight 1.

    `items` are the golden items known on day `end` (`golden_items`), one row per item, policy and policy version. One
    row set per reviewer, and one for all of a rung.
    """
    given = _shown(golden_verdicts).where(
        (F.col("purpose") == "canary") & F.col("ds").between(F.lit(start), F.lit(end))
    )
    whole = given.withColumns({"labeler_id": F.lit(ALL), "prompt_version": F.lit(ALL)})
    return _counted(given.unionByName(whole), items, reference="canary")


def anchor_sums(golden_verdicts: DataFrame, items: DataFrame, *, start: date, end: date) -> DataFrame:
    """The latest verdict on each anchor item, if from `start` to `end`, beside the experts', as `canary_sums`."""
    latest = _first_and_latest(golden_verdicts, end=end).where(F.col("latest.ds") >= F.lit(start))
    given = latest.select(*_ITEM, F.col("latest.verdict").alias("verdict"))
    return _counted(given, items, reference="anchor")


def drift_sums(golden_verdicts: DataFrame, items: DataFrame, *, start: date, end: date) -> DataFrame:
    """The first and the latest verdict of the same labeler and prompt on the same anchor items, counted.

    Items judged once only, or not since `start`, are left out. Returns rung, labeler_id, prompt_version, policy, and
    n, n_mended, n_spoilt, n_to_violating, n_to_not_violating, n_changed of `PairedVerdicts`, and first_ds.
    """
    paired = (
        _first_and_latest(golden_verdicts, end=end)
        .where((F.col("latest.ds") >= F.lit(start)) & (F.col("latest.ds") > F.col("first.ds")))
        .join(_experts(items), ["item_id", "policy", "policy_version"])
    )
    before, now = F.col("first.verdict"), F.col("latest.verdict")
    was_right, is_right = before == F.col("truth"), now == F.col("truth")
    was_violating, is_violating = before == "violating", now == "violating"
    return paired.groupBy(*LABELER, "policy").agg(
        F.count(F.lit(1)).alias("n"),
        _n_where(~was_right & is_right).alias("n_mended"),
        _n_where(was_right & ~is_right).alias("n_spoilt"),
        _n_where(~was_violating & is_violating).alias("n_to_violating"),
        _n_where(was_violating & ~is_violating).alias("n_to_not_violating"),
        _n_where(before != now).alias("n_changed"),
        F.min("first.ds").alias("first_ds"),
    )


def _first_and_latest(golden_verdicts: DataFrame, *, end: date) -> DataFrame:
    given = _shown(golden_verdicts).where((F.col("purpose") == "anchor") & (F.col("ds") <= F.lit(end)))
    verdict = F.struct("ds", "labelled_at", "verdict")
    return given.groupBy(*_ITEM).agg(F.min(verdict).alias("first"), F.max(verdict).alias("latest"))


def _experts(items: DataFrame) -> DataFrame:
    return items.select("item_id", "policy", "policy_version", F.col("verdict").alias("truth"))


def _shown(golden_verdicts: DataFrame) -> DataFrame:
    prompt = F.when(F.col("rung") == "llm", F.col("prompt_version")).otherwise(F.lit(ALL))
    return golden_verdicts.withColumn("prompt_version", prompt)


def _counted(given: DataFrame, items: DataFrame, *, reference: str) -> DataFrame:
    judged = given.join(_experts(items), ["item_id", "policy", "policy_version"])
    labelled = judged.withColumns({"reference": F.lit(reference), "label": F.col("verdict")})
    n = F.count(F.lit(1))
    return labelled.groupBy(*PAIR_KEYS).agg(
        n.alias("n"),
        n.cast("double").alias("weight"),
        n.cast("double").alias("squared_weight"),
        F.lit(0.0).alias("score_weight"),
        F.lit(0.0).alias("score_squared_weight"),
    )


def _n_where(condition: Column) -> Column:
    return F.count_if(condition)
