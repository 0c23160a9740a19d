"""Tasks for the adjudicators: units on which the first and the blind second reviewer differ."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.review_tasks import PANELS


def adjudication_tasks(labels: DataFrame, second_reviews: DataFrame, *, adjudication_queue: str) -> DataFrame:
    """One task per unit whose first and second verdict differ for at least one policy, for a third person.

    `labels` are the rung's verdicts of reviewers: unit_id, policy, review_role, verdict; `second_reviews` the
    rung's tasks with review_role `second`: unit_id, rung_probability, selection_probability. A verdict and a
    `cannot_tell` differ too. Returns the columns of `sampled_unit_tasks`, and policies: the disputed ones.
    """
    verdicts = labels.groupBy("unit_id", "policy").agg(_verdict("first"), _verdict("second"))
    disputed = verdicts.where(F.col("first") != F.col("second")).groupBy("unit_id")
    policies = disputed.agg(F.array_sort(F.collect_list("policy")).alias("policies"))
    drawn = second_reviews.select("unit_id", "rung_probability", "selection_probability")
    return policies.join(drawn, "unit_id").select(
        "unit_id",
        F.lit(adjudication_queue).alias("queue"),
        "rung_probability",
        F.lit(PANELS[0]).alias("panel"),
        F.lit("double_review").alias("purpose"),
        F.lit("adjudication").alias("review_role"),
        "selection_probability",
        "policies",
    )


def _verdict(role: str) -> Column:
    given = F.when(F.col("review_role") == role, F.struct("labelled_at", "verdict"))
    return F.max(given)["verdict"].alias(role)
