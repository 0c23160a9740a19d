"""Difference of two rates measured on the same items, with an interval that holds for few items and rates near 1."""

import math
from dataclasses import dataclass

import numpy as np

from lib.estimation.change.difference import change_between
from lib.estimation.change.paired_estimates import paired_change
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.comparison.effective_items import effective_items
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import Ratio
from lib.estimation.misclassification.binomial_limits import binomial_limits


@dataclass(frozen=True)
class RateDifference:
    """Two rates of the same items and how they differ.

    Attributes:
        before: rate of the first labeler, in [0, 1]
        after: rate of the second
        difference: after - before
        std_error: of the difference, under the design
        low: lower limit of the difference
        high: upper limit of the difference
        n_items: items in either denominator
        effective_size: items of a simple random sample that would know the rates as well, the smaller of both

    """

    before: float
    after: float
    difference: float
    std_error: float
    low: float
    high: float
    n_items: int
    effective_size: float


def paired_rate_difference(
    design: AnalysisDesign, before: Ratio, after: Ratio, *, level: float
) -> RateDifference | None:
    """Return the difference of two rates over the units of one sample.

        limits: R2 - R1 ± √(v1² + v2² - 2·φ·v1·v2)    v_j the way from R_j to its Wilson limit with n_j effective items
        φ = (C - 1/(2·n1·n2)) / (s1·s2) if C > 0, but not below 0;  C / (s1·s2) if C < 0

    with C the design's covariance of the two rates and s_j their standard errors. Unweighted it is method 10 of
    Newcombe (1998), whose continuity correction keeps two labelers that agree throughout from having an interval of no
    width; effective sizes, capped at the number of items, carry it to weighted samples (Korn & Graubard 1998).

    Args:
        design: weights and covariance of the items; for a verdict on content to come, one without finite population
            correction
        before: the first labeler's rate, 0/1 numerator and denominator of every item of the design
        after: the second labeler's
        level: nominal coverage in (0, 1)

    Returns:
        the difference; None if a rate has no item, or the design fewer than two units

    Raises:
        ValueError: a numerator is not part of its denominator, or the level is outside (0, 1)

    """
    for rate in (before, after):
        if not np.all((rate.numerator == 0.0) | (rate.numerator == rate.denominator)):
            raise ValueError("A rate needs a numerator that is 0 or the denominator of its item; give 0/1 columns.")
    if min(before.denominator.sum(), after.denominator.sum()) <= 0.0 or design.weights.size < 2:
        return None
    change = paired_change(estimate(design, [before, after]))
    free = design.degrees_of_freedom()
    # The factor n/(n - 1) belongs to the variance, not to a size: equal weights then give the number of items.
    shrink = free / (free + 1.0)
    rates, sizes = [], []
    for rate, value, std_error in (
        (before, change.before, change.std_error_before),
        (after, change.after, change.std_error_after),
    ):
        share = min(1.0, max(0.0, value))
        sizes.append(effective_items(design, rate, share=share, variance=shrink * std_error**2))
        rates.append(RateEstimate(share, *binomial_limits("wilson", share, sizes[-1], level)))
    correlation = _corrected_correlation(shrink * change.covariance, rates, sizes)
    limits = change_between(rates[1], rates[0], correlation=correlation)
    return RateDifference(
        before=rates[0].prevalence,
        after=rates[1].prevalence,
        difference=limits.difference,
        std_error=change.std_error,
        low=min(limits.low, limits.difference),
        high=max(limits.high, limits.difference),
        n_items=int(np.count_nonzero((before.denominator > 0.0) | (after.denominator > 0.0))),
        effective_size=min(sizes),
    )


def _corrected_correlation(covariance: float, rates: list[RateEstimate], sizes: list[float]) -> float:
    spread = math.prod(math.sqrt(r.prevalence * (1.0 - r.prevalence) / n) for r, n in zip(rates, sizes, strict=True))
    if spread <= 0.0:
        return 0.0
    if covariance > 0.0:
        covariance = max(0.0, covariance - 0.5 / (sizes[0] * sizes[1]))
    return max(-1.0, min(1.0, covariance / spread))
