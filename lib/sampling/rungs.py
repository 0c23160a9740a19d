"""Chooses which labelled units climb to the next rung of the label ladder.

    q ∝ (m / P) √(Σ_k a_k d_k)   with a uniform share, like the size measure of the first rung

d_k is the predicted probability that the next rung disagrees: a unit climbs the likelier the more a disagreement there
would move the estimate. Each rung has its own stream of random numbers, independent of the one before.

The uniform share bounds the weights: with m = Σ_j x_j/X_j, M = Σ m/P over the labelled units and n their expected
number that climbs, q >= min(1, n (share) (m/P)/M), and x_j/m <= X_j; so no unit's exposure over its cumulative
probability P q exceeds the larger of its bound on the rung below and X_j M / (share n): `rung_weight_bound`.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.sampling.selection import permanent_random_number

# What a careful labeler is assumed to reach. Wrong values cost width, never bias: q is known whatever it rests on.
_ASSUMED_SENSITIVITY = 0.8
_ASSUMED_SPECIFICITY = 0.995
_UNSCORED = 0.001
_UNIFORM_SHARE = 0.2


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
    uniform = _exposure_mixture(exposure_totals) / F.col("probability")
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
    drawn = _with_settled_probability(sized, sample_size)
    climbs = permanent_random_number(seed, f"/{rung}") < F.col("rung_probability")
    return drawn.where(climbs).select(*labelled.columns, "rung_probability")


def rung_weight_bound(
    bound_below: float, *, exposure_total: float, mixture_weight: float, sample_size: int | None
) -> float:
    """The largest exposure / (P q) that a unit can have on a rung that is expected to take `sample_size` units.

    `bound_below` is the largest exposure / P on the rung below, `exposure_total` X_j of the measure over the day, and
    `mixture_weight` M = Σ m/P over the units labelled below (about the number of measures with any exposure).
    """
    if sample_size is None:
        return bound_below
    return max(bound_below, exposure_total * mixture_weight / (_UNIFORM_SHARE * sample_size))


def _exposure_mixture(exposure_totals: Mapping[str, float]) -> Column:
    """M = Σ_j x_j / X_j over the measures that the day has any of."""
    return sum(
        (F.col("exposures")[measure] / F.lit(total) for measure, total in exposure_totals.items() if total > 0),
        F.lit(0.0),
    )


def _with_settled_probability(sized: DataFrame, sample_size: int) -> DataFrame:
    """`sized` with rung_probability q = min(1, c v) and Σ q = `sample_size`; v is its size_measure, in one partition.

    From the largest down, the unit with k larger ones is certain if v (n - k) >= Σ of v over itself and all smaller
    ones: were it not, no smaller one could be. So the certain units are known at once, and c = (n - their number) /
    Σ of v over the others. Without others all are certain.
    """
    ascending = Window.orderBy("size_measure", F.desc("unit_id"))
    whole = Window.orderBy("unit_id").rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    running = ascending.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    placed = sized.withColumns(
        {
            "up_to_here": F.sum("size_measure").over(running),
            "n_larger": F.count(F.lit(1)).over(whole) - F.row_number().over(ascending),
        }
    )
    is_certain = F.col("size_measure") * (F.lit(sample_size) - F.col("n_larger")) >= F.col("up_to_here")
    # Of the units that are not certain, the largest one ends their running sum.
    last = F.max(F.when(~is_certain, F.struct("up_to_here", "n_larger"))).over(whole)
    settled = placed.withColumn("last", last)
    factor = (F.lit(sample_size) - F.col("last.n_larger")) / F.col("last.up_to_here")
    return settled.withColumn(
        "rung_probability",
        F.when(is_certain, 1.0).otherwise(F.least(F.lit(1.0), F.col("size_measure") * factor)),
    )


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
