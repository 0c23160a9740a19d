"""How a size measure w is spread over each stratum: one narrow pass, reduced to a small histogram.

Units are counted by the octave and the eighth of an octave of w, so a bin's sizes differ by less than 12.5 %. The
histogram answers what a draw asks of its population without another look at it: the threshold t with
Σ_U min(1, w t) = n, the largest exposure per size, and the variance that one draw has. Sums are sums of integers: they
are the same for any partitioning, order and engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.sampling.exact_sum import SCALE, whole_units
from lib.sampling.exposure import exposure
from lib.sampling.population import StratumPopulation
from lib.sampling.size_measure import score_variance
from lib.sampling.strata import by_stratum

FloatArray = npt.NDArray[np.float64]
_BINS_PER_OCTAVE = 8


@dataclass(frozen=True)
class StratumProfile:
    """One stratum's histogram of w, and the extremes and moments that ride on the same pass.

    `counts` and `mean_sizes` have one entry a bin, by ascending size. `largest_exposures` and `largest_ratios` map a
    measure to max x and max x/w over the stratum's units. `draw_variances` maps (policy, measure) to Σ x² v/w and
    `corrections` to Σ x² v, v = ŝ(1 - ŝ); both are empty unless policies were asked for.
    """

    counts: FloatArray
    mean_sizes: FloatArray
    largest_exposures: dict[str, float]
    largest_ratios: dict[str, float]
    draw_variances: dict[tuple[str, str], float]
    corrections: dict[tuple[str, str], float]

    @property
    def population_size(self) -> int:
        """Units in the stratum."""
        return int(self.counts.sum())

    def expected_size(self, threshold: float) -> float:
        """Σ_U min(1, w t): the units expected to have a rank u/w below `threshold` t."""
        return float(np.sum(self.counts * np.minimum(1.0, threshold * self.mean_sizes)))

    def threshold(self, expected_size: float) -> float:
        """The t with Σ_U min(1, w t) = `expected_size`, units with w t >= 1 being certain; inf if that is everybody.

        Within a bin all sizes count as their mean, so the sum is met to about 1 % of the units in the bin at 1/t.
        """
        if expected_size >= self.population_size:
            return float("inf")
        not_smaller = np.cumsum(self.counts[::-1])[::-1]
        larger = not_smaller - self.counts
        size_up_to = np.cumsum(self.counts * self.mean_sizes)
        # A bin is certain if it would be, were all larger ones certain; that holds for the largest bins only.
        is_certain = self.mean_sizes * (expected_size - larger) >= size_up_to
        last = int(np.flatnonzero(~is_certain)[-1])
        return float((expected_size - larger[last]) / size_up_to[last])


def size_profiles(
    units: DataFrame,
    *,
    size_measure: str,
    populations: Sequence[StratumPopulation],
    measures: Sequence[str],
    policies: Sequence[str] = (),
) -> dict[str, StratumProfile]:
    """Profile of every stratum for the size measure in the column named `size_measure`, > 0.

    `units` has stratum, the exposure columns and, if there are `policies`, imputed scores. Collects one row per stratum
    and occupied bin.
    """
    size = F.col(size_measure)
    octave = F.floor(F.log2(size))
    # The power of two is exact, so the mantissa is: its sums keep nine digits whatever the scale of w.
    mantissa = size * F.pow(F.lit(2.0), -octave)
    binned = units.withColumns({"octave": octave, "mantissa": mantissa})
    totals = [F.count(F.lit(1)).alias("count"), _whole_sum(F.col("mantissa")).alias("mantissa")]
    for measure in measures:
        x = exposure(measure)
        totals += [F.max(x).alias(f"exposure|{measure}"), F.max(x / size).alias(f"ratio|{measure}")]
        scale = by_stratum({p.stratum: _scale(p, measure) for p in populations})
        for policy in policies:
            correction = x.cast("double") * x * score_variance(policy) * scale
            totals += [
                _whole_sum(correction / size).alias(f"variance|{measure}|{policy}"),
                _whole_sum(correction).alias(f"correction|{measure}|{policy}"),
            ]
    eighth = F.floor(F.col("mantissa") * _BINS_PER_OCTAVE).alias("eighth")
    rows: dict[str, list[Row]] = {}
    for row in binned.groupBy("stratum", "octave", eighth).agg(*totals).collect():
        rows.setdefault(row["stratum"], []).append(row)
    return {p.stratum: _profile(rows[p.stratum], p, measures, policies) for p in populations}


def _scale(population: StratumPopulation, measure: str) -> float:
    """N / X²: it makes the terms of variances and corrections numbers about as large as the scores' variance."""
    total = population.exposure_totals[measure]
    return population.population_size / total**2 if total > 0 else 0.0


def _whole_sum(value: Column) -> Column:
    return F.sum(whole_units(value))


def _profile(
    rows: Sequence[Row], population: StratumPopulation, measures: Sequence[str], policies: Sequence[str]
) -> StratumProfile:
    bins = sorted((row["mantissa"] / SCALE / row["count"] * 2.0 ** row["octave"], row["count"]) for row in rows)

    def total(kind: str, policy: str, measure: str) -> float:
        scale = _scale(population, measure)
        return sum(row[f"{kind}|{measure}|{policy}"] for row in rows) / SCALE / scale if scale > 0 else 0.0

    pairs = [(policy, measure) for policy in policies for measure in measures]
    return StratumProfile(
        counts=np.array([count for _, count in bins], dtype=np.float64),
        mean_sizes=np.array([size for size, _ in bins], dtype=np.float64),
        largest_exposures={m: float(max(row[f"exposure|{m}"] for row in rows)) for m in measures},
        largest_ratios={m: float(max(row[f"ratio|{m}"] for row in rows)) for m in measures},
        draw_variances={(policy, measure): total("variance", policy, measure) for policy, measure in pairs},
        corrections={(policy, measure): total("correction", policy, measure) for policy, measure in pairs},
    )
