"""Reduces a day's scored units to cells of units that are alike: one narrow pass, a table of bounded size."""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.planning.cells import CELL_KEY, EVERYTHING, MEASURE_SUMS, UNIT_SUMS
from lib.planning.label_model import ErrorRates
from lib.sampling.exposure import exposure

_BINS_PER_OCTAVE = 2
# Odds of the score are binned by the octave and no further than one in a thousand million from 0 and 1.
_LEAST_SCORE = 1e-9
_BINS = ("size_bin", "score_bin")


def frame_cells(
    sized: DataFrame,
    *,
    size_measure: Column,
    exposure_totals: Mapping[str, float],
    policy_importance: Mapping[str, float],
    segments: Sequence[str],
    climbing_rates: ErrorRates,
    unscored: float,
) -> DataFrame:
    """Sums of every cell, by segment, policy and stratum; what they are: `cells.FrameCells`.

    A cell holds the units of one stratum whose exposures and size measure are within half an octave and whose score
    has odds within an octave: their number does not grow with the population. Units are summed where they lie; only
    cells are shuffled.

    Args:
        sized: the day's units with stratum, imputed scores (map), the exposure and segment columns
        size_measure: w of a row, > 0
        exposure_totals: measure to its total over the day
        policy_importance: a_k per policy of the main draw
        segments: segment columns
        climbing_rates: error rates by which the rungs' samples are steered
        unscored: score of a policy that has none

    Returns:
        segment, segment_value, policy, stratum, the sums
    """
    measures = list(exposure_totals)
    scores = {k: F.coalesce(F.col("scores")[k], F.lit(unscored)) for k in policy_importance}
    present = {m: total for m, total in exposure_totals.items() if total > 0}
    mixture = sum((exposure(m) / F.lit(total) for m, total in present.items()), F.lit(0.0))
    wrong = (F.lit(a) * _wrong_negative(scores[k], climbing_rates) for k, a in policy_importance.items())
    by_policy = F.array(*[F.struct(F.lit(k).alias("policy"), score.alias("score")) for k, score in scores.items()])
    units = sized.select(
        "stratum",
        *segments,
        *[exposure(m).cast("double").alias(_exposure(m)) for m in measures],
        size_measure.alias("w"),
        mixture.alias("m"),
        sum(wrong, F.lit(0.0)).alias("wrong"),
        F.inline(by_policy),
    )
    bins = [_bin(F.col(_exposure(m)) + 1).alias(f"bin|{m}") for m in measures]
    odds = F.greatest("score", F.lit(_LEAST_SCORE)) / F.greatest(1 - F.col("score"), F.lit(_LEAST_SCORE))
    key = [*bins, _bin(F.col("w")).alias("size_bin"), F.floor(F.log2(odds)).alias("score_bin")]
    cells = units.groupBy("stratum", *segments, "policy", *key).agg(*_sums(measures))
    return _by_segment(cells, segments, measures)


def _by_segment(cells: DataFrame, segments: Sequence[str], measures: Sequence[str]) -> DataFrame:
    """Cells of every segment, and of everything, from those of all combinations."""
    memberships = [F.struct(*[F.lit(text).alias(name) for text, name in zip(EVERYTHING, CELL_KEY[:2], strict=True)])]
    memberships += [F.struct(F.lit(name).alias("segment"), F.col(name).alias("segment_value")) for name in segments]
    names = [*UNIT_SUMS, *[f"{name}|{m}" for m in measures for name in MEASURE_SUMS]]
    bins = [*[f"bin|{m}" for m in measures], *_BINS]
    spread = cells.select("policy", "stratum", *bins, *names, F.inline(F.array(*memberships)))
    return spread.groupBy(*CELL_KEY, *bins).agg(*[F.sum(name).alias(name) for name in names]).select(*CELL_KEY, *names)


def _sums(measures: Sequence[str]) -> list[Column]:
    score, w, m = F.col("score"), F.col("w"), F.col("m")
    terms = {"n_units": F.lit(1.0), "size_measure": w, "disagreement": F.col("wrong")}
    for measure in measures:
        x = F.col(_exposure(measure))
        of_measure = {
            "exposure": x,
            "score": x * score,
            "squares": x * x,
            "squares_score": x * x * score,
            "squares_per_size": x * x / w,
            "squares_per_mixture": F.when(x > 0, x * x / m).otherwise(0.0),
        }
        terms |= {f"{name}|{measure}": term for name, term in of_measure.items()}
    return [F.sum(term).alias(name) for name, term in terms.items()]


def _wrong_negative(score: Column, rates: ErrorRates) -> Column:
    """P(violates | not found violating, score); the Spark side of `label_model.disagreement`."""
    missed = score * (1.0 - rates.sensitivity)
    return missed / (missed + (1 - score) * rates.specificity)


def _bin(value: Column) -> Column:
    return F.floor(F.lit(_BINS_PER_OCTAVE) * F.log2(value))


def _exposure(measure: str) -> str:
    return f"x|{measure}"
