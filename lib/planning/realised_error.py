"""Whether the error that came of a sample is the one that its scores had promised."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class PlannedVariance:
    """What was planned for one number of one day.

    Attributes:
        exposure_total: X of the day
        std_error: planned standard error of its prevalence
        degrees_of_freedom: ν of the realised variance, see `ExpectedError`
        skewness: of the realised variance

    """

    exposure_total: float
    std_error: float
    degrees_of_freedom: float
    skewness: float

    @classmethod
    def of_period(cls, days: Sequence["PlannedVariance"]) -> "PlannedVariance":
        """Roll independent days up: X² V̂ and its second and third cumulants add.

            V = Σ X_d² V_d / (Σ X_d)²,     ν = (Σ X_d² V_d)² / Σ (X_d² V_d)²/ν_d  (Satterthwaite 1946)

        Args:
            days: one entry a day, at least one

        Returns:
            the plan of the period

        """
        exposure_total = sum(day.exposure_total for day in days)
        totals = [(day.exposure_total * day.std_error) ** 2 for day in days]
        spreads = [total**2 * 2.0 / day.degrees_of_freedom for total, day in zip(totals, days, strict=True)]
        third = sum(day.skewness * spread**1.5 for spread, day in zip(spreads, days, strict=True))
        has_spread = sum(spreads) > 0.0
        return cls(
            exposure_total=exposure_total,
            std_error=math.sqrt(sum(totals)) / exposure_total if exposure_total > 0.0 else 0.0,
            degrees_of_freedom=2.0 * sum(totals) ** 2 / sum(spreads) if has_spread else math.inf,
            skewness=third / sum(spreads) ** 1.5 if has_spread else 0.0,
        )


@dataclass(frozen=True)
class ErrorComparison:
    """A realised standard error beside the planned one.

    Attributes:
        ratio: realised / planned
        p_value: chance of a ratio at least as large if the scores were right
        limit: the ratio from which on it is an alarm
        is_alarm: whether it is

    """

    ratio: float
    p_value: float
    limit: float
    is_alarm: bool


def compare_errors(realised_std_error: float, planned: PlannedVariance, *, significance: float) -> ErrorComparison:
    """Test whether the realised error is larger than chance allows.

        V̂/V ~ 1 + √(2/ν)·(G - k)/√k,     G ~ gamma(k),     k = 4/skewness²,     ν = 2 V²/Var(V̂)

    the Pearson type III distribution with the first three moments that the plan gives V̂ (Pearson 1895). k = ν/2 would
    make it χ²_ν/ν; the corrections of the upper rungs make it more skewed. Both are approximations, one too short in
    the far tail, the other near it where ν is small: the larger p-value counts.

    If the score is calibrated, V̂ has the planned variance as its mean. It is a sum over few violations with uneven
    weights: its spread comes from the plan, not from the sample, whose own few violations would say that all is well. A
    score that is blind to some violations lets them into the sample with small probabilities: they come with large
    weights, and V̂ is far above its plan. One-sided; a small realised error is no harm.

    Args:
        realised_std_error: of the published estimator, a share
        planned: for the same number and period
        significance: chance of an alarm while all is well, in (0, 1)

    Returns:
        ratio, p-value, limit

    Raises:
        ValueError: the planned error, its spread or its skewness is 0: a census has nothing to compare

    """
    for name in ("std_error", "degrees_of_freedom", "skewness"):
        if not (math.isfinite(value := getattr(planned, name)) and value > 0.0):
            raise ValueError(f"planned.{name} must be finite and > 0, not {value}: leave out a planned census.")
    ratio = realised_std_error / planned.std_error
    nu, shape = planned.degrees_of_freedom, 4.0 / planned.skewness**2
    spread = math.sqrt(2.0 / nu)
    standardised = (ratio**2 - 1.0) / spread
    quantile = (float(stats.gamma.isf(significance, shape)) - shape) / math.sqrt(shape)
    skewed_limit = 1.0 + spread * quantile
    limit = math.sqrt(max(skewed_limit, float(stats.chi2.isf(significance, nu)) / nu))
    skewed_p_value = float(stats.gamma.sf(shape + math.sqrt(shape) * standardised, shape))
    return ErrorComparison(
        ratio=ratio,
        p_value=max(skewed_p_value, float(stats.chi2.sf(ratio**2 * nu, nu))),
        limit=limit,
        is_alarm=ratio > limit,
    )
