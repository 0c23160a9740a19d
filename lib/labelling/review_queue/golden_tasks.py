"""Golden items hidden among the tasks: canaries that test reviewers, and known violations against fatigue.

Both come with the units of one export, the batch: an export without new units hides nothing new, so running it again
changes nothing. An item is used once a day and rung.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.labelling.review_queue.double_review import panel_of
from lib.sampling.selection import permanent_random_number


def golden_items(golden_set: DataFrame, *, queue: Column) -> DataFrame:
    """The golden set by item: item_id, queue, is_violation (of any policy), query_text, response_text, pins, language.

    `golden_set` has one row per item and policy; `queue` is the column that routes a row.
    """
    content = ["query_text", "response_text", "pins", "language"]
    latest = F.max_by(F.struct(*content), F.struct("ds", "policy", "policy_version")).alias("content")
    by_item = golden_set.groupBy("item_id").agg(F.max(F.col("verdict") == "violating").alias("is_violation"), latest)
    return by_item.select("item_id", "is_violation", "content.*").withColumn("queue", queue)


def canary_tasks(
    items: DataFrame, batch: DataFrame, *, canary_probability: float, batch_name: str, rung: str, seed: int
) -> DataFrame:
    """Canaries of every queue: each item independently with probability min(1, c n / N).

    c is `canary_probability`, n the batch's units in the queue and N its golden items, so c n canaries are expected and
    an item's probability is known. `items` has item_id, queue, is_violation; `batch` queue, n_units. Returns item_id,
    queue, is_violation, and panel, purpose, review_role, selection_probability.
    """
    n_items = F.count(F.lit(1)).over(Window.partitionBy("queue"))
    expected = F.lit(canary_probability) * F.col("n_units")
    sized = _hashable(items).withColumn("n_items", n_items).join(F.broadcast(batch), "queue")
    sized = sized.withColumn("selection_probability", F.least(F.lit(1.0), expected / F.col("n_items")))
    chance = permanent_random_number(seed, f"/canary/{batch_name}")
    return _hidden(sized.where(chance < F.col("selection_probability")), purpose="canary", rung=rung, seed=seed)


def attention_tasks(
    items: DataFrame, batch: DataFrame, *, minimum_positive_share: float, batch_name: str, rung: str, seed: int
) -> DataFrame:
    """Golden violations that lift the share of likely violations in a queue to m, `minimum_positive_share`.

    With t tasks of which v are likely violations, k = ⌈(m t − v) / (1 − m)⌉ items are added, or as many as there are.
    `items` are those that are no canaries; `batch` has queue, n_tasks, n_likely, canaries included. Returns what
    `canary_tasks` does, with a null selection_probability: chosen for a purpose, never part of an estimate.
    """
    share = F.lit(minimum_positive_share)
    lacking = F.ceil((share * F.col("n_tasks") - F.col("n_likely")) / F.lit(1 - minimum_positive_share))
    chance = permanent_random_number(seed, f"/attention/{batch_name}")
    place = F.row_number().over(Window.partitionBy("queue").orderBy(chance, "item_id"))
    violations = _hashable(items).where("is_violation")
    placed = violations.withColumn("place", place).join(F.broadcast(batch), "queue")
    added = placed.where(F.col("place") <= lacking).withColumn("selection_probability", F.lit(None).cast("double"))
    return _hidden(added, purpose="attention", rung=rung, seed=seed)


def _hashable(items: DataFrame) -> DataFrame:
    """`items` with the name by which permanent random numbers know their rows."""
    return items.withColumn("unit_id", F.col("item_id"))


def _hidden(items: DataFrame, *, purpose: str, rung: str, seed: int) -> DataFrame:
    return items.select(
        "item_id",
        "queue",
        "is_violation",
        panel_of(seed=seed, rung=rung).alias("panel"),
        F.lit(purpose).alias("purpose"),
        F.lit("first").alias("review_role"),
        "selection_probability",
    )
