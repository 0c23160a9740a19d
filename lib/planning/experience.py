"""What earlier days say of a plan: how labels compared with scores, and realised errors with planned ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lib.estimation.estimators import estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments

PolicyMeasure = tuple[str, str]
# How much is believed before anything was seen: positives for a prevalence, degrees of freedom for a variance.
_PRIOR_POSITIVES = 10.0
_PRIOR_DEGREES_OF_FREEDOM = 30.0


@dataclass(frozen=True)
class Experience:
    """Factors by which earlier days correct what scores predict; 1 where there were none.

    Attributes:
        prevalence_ratios: (policy, measure) to estimated prevalence / mean score
        variance_ratios: (policy, measure) to realised / planned variance

    """

    prevalence_ratios: Mapping[PolicyMeasure, float]
    variance_ratios: Mapping[PolicyMeasure, float]

    def prevalence_ratio(self, number: PolicyMeasure) -> float:
        """Factor on the mean score."""
        return self.prevalence_ratios.get(number, 1.0)

    def variance_ratio(self, number: PolicyMeasure) -> float:
        """Factor on the planned variance."""
        return self.variance_ratios.get(number, 1.0)


def prevalence_ratios(rolled_up: Iterable[Mapping[str, Any]], *, rungs: tuple[str, ...]) -> dict[PolicyMeasure, float]:
    """(policy, measure) to (k·R̂/s̄ + k₀)/(k + k₀), k the violating units on the highest rung.

    R̂ is the regression estimate of the earlier days together, s̄ their mean score. k₀ = 10: a score is believed until
    about ten violations have been seen.

    Args:
        rolled_up: moments of earlier days that had scores, summed: one row a policy, measure and ladder
        rungs: the ladder in use; days with another one say nothing about it

    Returns:
        the ratios, > 0

    """
    ratios = {}
    for row in rolled_up:
        if tuple(row["rungs"]) != rungs or not (row["score_total"] > 0 and row["exposure_total"] > 0):
            continue
        moments = LadderMoments.from_row(row)
        positives = float(moments.n_positive[-1])
        seen = max(0.0, estimate_prevalence(moments).prevalence) * moments.exposure_total / moments.score_total
        ratios[(row["policy"], row["measure"])] = (positives * seen + _PRIOR_POSITIVES) / (positives + _PRIOR_POSITIVES)
    return ratios


def variance_ratios(checks: Iterable[Mapping[str, Any]]) -> dict[PolicyMeasure, float]:
    """(policy, measure) to (Σ ν_d ratio_d² + ν₀)/(Σ ν_d + ν₀) over earlier days d, ν₀ = 30.

    Days count by the degrees of freedom of their variance: the ratios' variances are 2/ν_d.

    Args:
        checks: rows of `plan_checks` of single days, kind realised_error

    Returns:
        the ratios, > 0

    """
    sums: dict[PolicyMeasure, tuple[float, float]] = {}
    for row in checks:
        if row["ratio"] is None or row["degrees_of_freedom"] is None:
            continue
        number = (row["policy"], row["measure"])
        total, size = sums.get(number, (_PRIOR_DEGREES_OF_FREEDOM, _PRIOR_DEGREES_OF_FREEDOM))
        weight = row["degrees_of_freedom"]
        sums[number] = (total + weight * row["ratio"] ** 2, size + weight)
    return {number: total / size for number, (total, size) in sums.items()}
