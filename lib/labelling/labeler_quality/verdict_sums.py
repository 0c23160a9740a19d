"""Sums over pairs of verdicts on the same unit: few numbers, however many units."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler_quality.window import UNIT, QualityWindow
from lib.row_order import in_one_order
from schemas.labeler_quality import ALL
from schemas.labels import RUNGS

LABELER = ("rung", "labeler_id", "prompt_version")
PAIR_KEYS = (*LABELER, "policy", "reference", "label", "truth")
MISSING = "missing"
_VERDICTS = ("violating", "not_violating")


def reference_sums(window: QualityWindow) -> DataFrame:
    """Every labeler's and every rung's verdicts beside those of each rung above, summed.

    The unit's weight is 1/P of the rung above: it was drawn there knowing the verdicts below.

    Returns rung, labeler_id, prompt_version, policy, reference, label (a verdict), truth (a verdict, or `missing`:
    drawn to the reference without a verdict there), n, weight (Σ 1/P), squared_weight (Σ 1/P²), score_weight (Σ s/P)
    and score_squared_weight (Σ s/P²).
    """
    counted = window.counted()
    whole = counted.select(
        *UNIT, "policy", "rung", F.lit(ALL).alias("labeler_id"), F.lit(ALL).alias("prompt_version"), "verdict"
    )
    labelled = window.reviews().drop("review_role").unionByName(whole).withColumnRenamed("verdict", "label")
    drawn = window.probabilities().withColumnRenamed("rung", "reference")
    truth = counted.select(*UNIT, "policy", F.col("rung").alias("reference"), F.col("verdict").alias("truth"))
    pairs = (
        labelled.join(drawn, list(UNIT))
        .where(_height("reference") > _height("rung"))
        .join(truth, [*UNIT, "policy", "reference"], "left")
        .withColumn("truth", F.when(F.col("truth").isin(*_VERDICTS), F.col("truth")).otherwise(F.lit(MISSING)))
    )
    return _summed(pairs, F.coalesce(F.col("scores")[F.col("policy")], F.lit(0.0)))


def review_sums(window: QualityWindow) -> DataFrame:
    """The two verdicts of blind double reviews, summed as `reference_sums`, reference `second_review`.

    For the rung as a whole the first review is the label and the second the truth; for each reviewer the label is her
    own. The weight is 1/(P·d), d the probability of a second review.
    """
    reviews = window.reviews()
    names = ("labeler_id", "verdict")
    first, second = (
        reviews.where(F.col("review_role") == role).select(
            *UNIT, "policy", "rung", *[F.col(name).alias(f"{role}_{name}") for name in names]
        )
        for role in ("first", "second")
    )
    both = first.join(second, [*UNIT, "policy", "rung"]).join(window.probabilities(), [*UNIT, "rung"])
    if window.second_reviews is None:
        drawn = both.withColumn("selection_probability", F.lit(1.0))
    else:
        drawn = both.join(window.second_reviews, [*UNIT, "rung"], "left").fillna(1.0, ["selection_probability"])

    def seen_by(labeler: Column, label: str, truth: str) -> Column:
        columns = {"labeler_id": labeler, "label": F.col(label), "truth": F.col(truth)}
        return F.struct(*[column.alias(name) for name, column in columns.items()])

    views = F.array(
        seen_by(F.lit(ALL), "first_verdict", "second_verdict"),
        seen_by(F.col("first_labeler_id"), "first_verdict", "second_verdict"),
        seen_by(F.col("second_labeler_id"), "second_verdict", "first_verdict"),
    )
    pairs = drawn.select(
        *UNIT, "policy", "rung", "scores", (F.col("probability") * F.col("selection_probability")).alias("probability"),
        F.inline(views), F.lit(ALL).alias("prompt_version"), F.lit("second_review").alias("reference"),
    )  # fmt: skip
    # a second review without a verdict says nothing of agreement: it is no truth that is missing
    known = pairs.where(F.col("truth").isin(*_VERDICTS))
    return _summed(known, F.coalesce(F.col("scores")[F.col("policy")], F.lit(0.0)))


def pattern_sums(window: QualityWindow) -> DataFrame:
    """Which labelers gave a unit which verdicts, with how many units did so: all that Dawid-Skene needs.

    Returns policy, votes (array of rung, labeler_id, prompt_version, verdict; sorted) and weight: Σ 1/p of the units,
    p the inclusion probability. Who was asked further up depends on the votes below only, so p is enough.
    """
    vote = F.struct(*LABELER, "verdict")
    given = window.reviews().where(F.col("verdict").isin(*_VERDICTS))
    patterns = given.groupBy(*UNIT, "policy").agg(F.array_sort(F.collect_list(vote)).alias("votes"))
    weighted = patterns.join(window.samples.select(*UNIT, "inclusion_probability"), list(UNIT))
    in_order = in_one_order(weighted, "policy", *UNIT)
    return in_order.groupBy("policy", "votes").agg(F.sum(1.0 / F.col("inclusion_probability")).alias("weight"))


def _summed(pairs: DataFrame, score: Column) -> DataFrame:
    weight = 1.0 / F.col("probability")
    in_order = in_one_order(pairs, *PAIR_KEYS, *UNIT)
    return in_order.groupBy(*PAIR_KEYS).agg(
        F.count(F.lit(1)).alias("n"),
        F.sum(weight).alias("weight"),
        F.sum(weight * weight).alias("squared_weight"),
        F.sum(score * weight).alias("score_weight"),
        F.sum(score * weight * weight).alias("score_squared_weight"),
    )


def _height(column: str) -> Column:
    return F.array_position(F.array(*[F.lit(rung) for rung in RUNGS]), F.col(column))
