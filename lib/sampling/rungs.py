"""Chooses which labelled units climb to the next rung of the label ladder.

    q ∝ (m / P) √(Σ_k a_k d_k)   with a uniform share, like the size measure of the first rung

d_k is the predicted probability that the next rung disagrees: a unit climbs the likelier the more a disagreement there
would move the estimate. Each rung has its own stream of random numbers, independent of the one before.
"""

import math
from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.sampling.selection import permanent_random_number

# What a careful labeler is assumed to reach. Wrong values cost width, never bias: q is known whatever it rests on.
_ASSUMED_SENSITIVITY = 0.8
_ASSUMED_SPECIFICITY = 0.995
_UNSCORED = 0.001
_UNIFORM_SHARE = 0.2
# Units that are certain to climb leave their share to the others; that settles within a few rounds.
_CERTAINTY_ROUNDS = 3


def climb_to_rung(
    labelled: DataFrame,
    *,
    rung: str,
    sample_size: int | None,
    exposure_totals: Mapping[str, float],
    policy_importance: Mapping[str, float],
    seed: int,
) -> DataFrame:
    """The units of `labelled` that climb to `rung`, with rung_probability q in (0, 1] added.

    `labelled` has unit_id, probability P of having come so far, exposures, scores, and verdicts: a map from policy to
    the verdict on the rung below. `sample_size` is the expected number of units that climb; None: all of them. Each
    unit climbs independently (Poisson sampling), so q is exact whatever it rests on.
    """
    if sample_size is None:
        return labelled.withColumn("rung_probability", F.lit(1.0))
    mixture = sum(
        (F.col("exposures")[measure] / F.lit(total) for measure, total in exposure_totals.items() if total > 0),
        F.lit(0.0),
    )
    uniform = mixture / F.col("probability")
    steered = uniform * F.sqrt(_disagreement(policy_importance))
    # The labelled units are few. In one partition, ordered by unit_id, their sums are the same in every run.
    whole = Window.orderBy("unit_id").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    parts = labelled.coalesce(1).withColumns({"uniform": uniform, "steered": steered})
    uniform_part = F.col("uniform") / F.sum("uniform").over(whole)
    steered_total = F.sum("steered").over(whole)
    # Scores of exactly 0 and 1 may leave no disagreement to expect anywhere: then exposure alone decides.
    steered_part = F.when(steered_total > 0, F.col("steered") / steered_total).otherwise(uniform_part)
    size_measure = F.lit(_UNIFORM_SHARE) * uniform_part + F.lit(1 - _UNIFORM_SHARE) * steered_part
    sized = parts.withColumn("size_measure", size_measure)
    scaled = sized.withColumn("factor", F.lit(float(sample_size)))
    for _ in range(_CERTAINTY_ROUNDS):
        is_certain = F.col("size_measure") * F.col("factor") >= 1
        n_certain = F.sum(F.when(is_certain, 1).otherwise(0)).over(whole)
        rest = F.sum(F.when(is_certain, 0).otherwise(F.col("size_measure"))).over(whole)
        scaled = scaled.withColumn("factor", F.when(rest > 0, (sample_size - n_certain) / rest).otherwise(math.inf))
    chance = F.least(F.lit(1.0), F.col("size_measure") * F.col("factor"))
    drawn = scaled.withColumn("rung_probability", chance)
    climbs = permanent_random_number(seed, f"/{rung}") < F.col("rung_probability")
    return drawn.where(climbs).select(*labelled.columns, "rung_probability")


def _disagreement(importance: Mapping[str, float]) -> Column:
    """Σ_k a_k d_k with d_k = P(the verdict is wrong | verdict, score), by Bayes' rule with the assumed error rates."""
    total = F.lit(0.0)
    for policy, weight in importance.items():
        score = F.coalesce(F.col("scores")[policy], F.lit(_UNSCORED))
        false_alarm, miss = (1 - score) * (1 - _ASSUMED_SPECIFICITY), score * (1 - _ASSUMED_SENSITIVITY)
        wrong_positive = false_alarm / (false_alarm + score * _ASSUMED_SENSITIVITY)
        wrong_negative = miss / (miss + (1 - score) * _ASSUMED_SPECIFICITY)
        verdict = F.col("verdicts")[policy]
        wrong = (
            F.when(verdict == "violating", wrong_positive)
            .when(verdict == "not_violating", wrong_negative)
            .otherwise(F.lit(0.5))
        )
        total = total + F.lit(weight) * wrong
    return total
