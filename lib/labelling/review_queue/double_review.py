"""First reviews of all units of a rung, and blind second ones of a random part with known probability."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.sampling.selection import permanent_random_number
from schemas.review_tasks import PANELS


def sampled_unit_tasks(units: DataFrame, *, rung: str, double_review_probability: float, seed: int) -> DataFrame:
    """One first review of every unit, and a second one of a unit whose random number is below the probability.

    `units` has unit_id, queue and rung_probability. A coin of its own decides which panel reviews first, the other
    panel reviews second: so no reviewer meets a unit twice, and neither queue nor panel tells the second review.
    Returns unit_id, queue, rung_probability, and panel, purpose, review_role, selection_probability; one row per task.
    """
    chance = permanent_random_number(seed, f"/double_review/{rung}")
    first = units.select(
        "unit_id",
        "queue",
        "rung_probability",
        panel_of(seed=seed, rung=rung).alias("panel"),
        F.lit("sample").alias("purpose"),
        F.lit("first").alias("review_role"),
        F.lit(1.0).alias("selection_probability"),
    )
    second = first.where(chance < F.lit(double_review_probability)).withColumns(
        {
            "panel": F.when(F.col("panel") == PANELS[0], PANELS[1]).otherwise(PANELS[0]),
            "purpose": F.lit("double_review"),
            "review_role": F.lit("second"),
            "selection_probability": F.lit(double_review_probability),
        }
    )
    return first.unionByName(second)


def panel_of(*, seed: int, rung: str) -> Column:
    """Which half of a queue's reviewers gets the row with this unit_id, by a fair coin."""
    return F.when(permanent_random_number(seed, f"/panel/{rung}") < 0.5, PANELS[0]).otherwise(PANELS[1])
