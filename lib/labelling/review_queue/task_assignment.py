"""Decides which tasks an export hands out: new units, their second reviews, hidden golden items, adjudications."""

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.review_queue.adjudication import adjudication_tasks
from lib.labelling.review_queue.double_review import sampled_unit_tasks
from lib.labelling.review_queue.golden_tasks import attention_tasks, canary_tasks, golden_items
from lib.labelling.review_queue.likely_violations import with_likely_violations
from lib.labelling.review_queue.routing import queue_of
from schemas.contracts.review_settings import ReviewQueueLabelerSettings


@dataclass(frozen=True)
class QueueInputs:
    """What an export of one rung, day and design looks at.

    `units`: units on the rung, with rung_probability and the columns of `samples`. `labels`: the day's labels of all
    rungs. `handed_out`: the rung's rows of `review_tasks`. `golden_set`: the golden set, None if there is none yet.
    """

    rung: str
    units: DataFrame
    labels: DataFrame
    handed_out: DataFrame
    golden_set: DataFrame | None


def fresh_units(inputs: QueueInputs, settings: ReviewQueueLabelerSettings) -> DataFrame:
    """The units that have no task yet: unit_id, rung_probability, queue, is_likely (to be found violating)."""
    settled = inputs.handed_out.where(F.col("review_role") == "first").select("unit_id")
    routed = inputs.units.withColumn("queue", _queue(settings, F.col("segments")["language"]))
    below = inputs.labels.where(F.col("rung") != inputs.rung)
    judged = with_likely_violations(routed, below, likely_positive_score=settings.likely_positive_score)
    return judged.join(settled, "unit_id", "left_anti").select("unit_id", "rung_probability", "queue", "is_likely")


def new_tasks(
    inputs: QueueInputs, fresh: DataFrame, *, settings: ReviewQueueLabelerSettings, batch_name: str, seed: int
) -> DataFrame:
    """The tasks that are to be handed out now, for `task_rows`: those of `fresh` units, and adjudications.

    `batch_name` names this export among the exports of all days: its random numbers are its own. `fresh` is read many
    times.
    """
    reviews = sampled_unit_tasks(
        fresh, rung=inputs.rung, double_review_probability=settings.double_review_probability, seed=seed
    )
    parts = [reviews.withColumn("item_id", F.lit(None).cast("string"))]
    if inputs.golden_set is not None:
        parts += _hidden_tasks(inputs, fresh, reviews, settings=settings, batch_name=batch_name, seed=seed)
    parts.append(
        adjudication_tasks(
            inputs.labels.where((F.col("rung") == inputs.rung) & (F.col("label_source") == "review_queue")),
            inputs.handed_out.where(F.col("review_role") == "second"),
            adjudication_queue=settings.adjudication_queue,
        )
    )
    return reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), parts)


def _hidden_tasks(
    inputs: QueueInputs,
    fresh: DataFrame,
    reviews: DataFrame,
    *,
    settings: ReviewQueueLabelerSettings,
    batch_name: str,
    seed: int,
) -> list[DataFrame]:
    """Canaries and golden violations that go with the units of `fresh` and their `reviews`."""
    if inputs.golden_set is None:
        return []
    used = inputs.handed_out.where("item_id IS NOT NULL").select("item_id")
    # A golden item may itself be a unit of the day: nobody is to meet it twice.
    sampled = inputs.units.select(F.col("unit_id").alias("item_id"))
    items = golden_items(inputs.golden_set, queue=_queue(settings, F.col("language")))
    free = items.join(used.unionByName(sampled), "item_id", "left_anti")
    units_by_queue = fresh.groupBy("queue").agg(F.count(F.lit(1)).alias("n_units"))
    canaries = canary_tasks(
        free,
        units_by_queue,
        canary_probability=settings.canary_probability,
        batch_name=batch_name,
        rung=inputs.rung,
        seed=seed,
    )
    judged = reviews.join(fresh.select("unit_id", "is_likely"), "unit_id").select("queue", "is_likely")
    judged = judged.unionByName(canaries.select("queue", F.col("is_violation").alias("is_likely")))
    batch = judged.groupBy("queue").agg(
        F.count(F.lit(1)).alias("n_tasks"), F.count_if(F.col("is_likely")).alias("n_likely")
    )
    # Only queues with new units: a canary cannot be in any other.
    attention = attention_tasks(
        free.join(canaries.select("item_id"), "item_id", "left_anti"),
        batch,
        minimum_positive_share=settings.minimum_positive_share,
        batch_name=batch_name,
        rung=inputs.rung,
        seed=seed,
    )
    return [canaries.drop("is_violation"), attention.drop("is_violation")]


def _queue(settings: ReviewQueueLabelerSettings, language: Column) -> Column:
    return queue_of(language, queues=settings.queues, fallback_queue=settings.fallback_queue)
