"""Whether the validation arm of a sample agrees with the sample."""

import math
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True)
class ArmSums:
    """Sums over the sample S and over its validation arm A, the units with u below their exposure-proportional p_A.

    v is exposure times the verdict, corrected by the rungs above: any value that does not depend on u will do.

    Attributes:
        total: Σ_S v/p
        arm_total: Σ_A v/p_A
        variance: Σ_S v²(1/p_A - 1/p)/p
        sum_squared_terms: Σ_S (v²(1/p_A - 1/p)/p)²

    """

    total: float
    arm_total: float
    variance: float
    sum_squared_terms: float


@dataclass(frozen=True)
class ArmComparison:
    """The arm beside the sample.

    Attributes:
        difference: of the totals, arm less sample
        statistic: difference / its standard error
        degrees_of_freedom: effective number of violations behind that standard error, less 1
        p_value: two-sided

    """

    difference: float
    statistic: float
    degrees_of_freedom: float
    p_value: float


def compare_arms(sums: ArmSums) -> ArmComparison | None:
    """Test whether the arm and the sample estimate the same total.

    Both use the same u, and p_A <= p: Cov(1[u < p_A], 1[u < p]) = p_A(1 - p). So with the same v

        Cov(Σ_A v/p_A, Σ_S v/p) = Σ_U v²(1/p - 1) = V(Σ_S v/p),     V(difference) = Σ_U v²(1/p_A - 1/p)

    which the sample estimates. The statistic is compared with Student's t on the effective number of terms less 1.
    Under right probabilities both totals are unbiased, blind spot or not: a disagreement means that probabilities and
    random numbers are not those that were used.

    Args:
        sums: of one policy and measure

    Returns:
        the comparison; None if the arm cannot differ, or has fewer than two effective violations

    """
    if not (sums.variance > 0.0 and sums.sum_squared_terms > 0.0):
        return None
    degrees_of_freedom = sums.variance**2 / sums.sum_squared_terms - 1.0
    if not degrees_of_freedom >= 1.0:
        return None
    difference = sums.arm_total - sums.total
    statistic = difference / math.sqrt(sums.variance)
    p_value = 2.0 * float(stats.t.sf(abs(statistic), degrees_of_freedom))
    return ArmComparison(difference, statistic, degrees_of_freedom, p_value)
