"""Confidence limits of a rate or a total from one sample, one of six methods, with one rule for days without positives.

Special samples, with U = -k·ln(α/2), k the largest share of the rate that one sampled unit stands for (the rule of
three, Hanley & Lippman-Hand 1983, at the chosen tail), and no less than what Korn and Graubard's interval, with Kish's
effective sample size, says of a sample without positives, so that clusters count as such:

- a census is exact;
- no variance although units went unseen: estimate ± U;
- no positive: low is 0 and high at least U; all positive: high is 1 and low at most 1 - U;
- for korn_graubard, U is that method's own limit in these two cases;
- an estimate outside (0, 1) by noise: from 0 or 1 inwards by t·se, at least U.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lib.estimation.intervals.gamma import gamma
from lib.estimation.intervals.korn_graubard import korn_graubard, korn_graubard_without_positives
from lib.estimation.intervals.logit import logit
from lib.estimation.intervals.split_gamma import WeightedCount, next_weight, split_gamma
from lib.estimation.intervals.wald import wald
from lib.estimation.intervals.wilson import wilson

Limits = tuple[float, float]


@dataclass(frozen=True)
class RateEstimate:
    """A rate with what its limits need.

    Attributes:
        rate: estimate in units of a rate; may lie outside [0, 1] by noise
        std_error: of the rate
        degrees_of_freedom: of the standard error
        n: sampled units of the whole design
        n_units: sampled units of the domain
        n_positive: those of them with a label of 1
        largest_share: k, largest weight x exposure over the size of the domain
        drawn_share: size-biased mean of weight x exposure over the sampled units of the domain, as a share of its size
        score_share: the same mean weighted by the score, or by the risk that the probabilities presume
        positive_share: sum of weight x exposure over the units with a label of 1, as a share of the domain's size
        positive_square_share: the same sum of squares
        effective_size: Kish's (Σ w x)²/Σ (w x)² of the domain
        is_census: whether every unit of the population was sampled

    """

    rate: float
    std_error: float
    degrees_of_freedom: float
    n: int
    n_units: int
    n_positive: int
    largest_share: float
    drawn_share: float
    score_share: float
    positive_share: float
    positive_square_share: float
    effective_size: float
    is_census: bool


def rate_limits(estimate: RateEstimate, method: str, level: float) -> Limits:
    """Return the limits of a rate of 0/1 labels, with 0 <= low <= high <= 1 around the estimate clipped to [0, 1]."""
    centre = min(1.0, max(0.0, estimate.rate))
    if estimate.is_census:
        return centre, centre
    low, high = _limits(estimate, centre, method, level)
    return min(centre, max(0.0, low)), max(centre, min(1.0, high))


def _limits(estimate: RateEstimate, centre: float, method: str, level: float) -> Limits:
    unseen = _unseen(estimate, method, level)
    if estimate.std_error == 0.0:
        return centre - unseen, centre + unseen
    if not 0.0 < estimate.rate < 1.0:
        low, high = wald(0.0, estimate.std_error, degrees_of_freedom=estimate.degrees_of_freedom, level=level)
        reach = max(high, unseen)
        return centre - reach, centre + reach
    low, high = _METHODS[method](estimate, level)
    if estimate.n_positive == 0:
        return 0.0, max(high, unseen)
    if estimate.n_positive == estimate.n_units:
        return min(low, 1.0 - unseen), 1.0
    return low, high


def _unseen(estimate: RateEstimate, method: str, level: float) -> float:
    by_clusters = korn_graubard_without_positives(
        estimate.effective_size, degrees_of_freedom=estimate.degrees_of_freedom, n=estimate.n, level=level
    )
    if method == "korn_graubard" and estimate.n_positive in (0, estimate.n_units):
        return by_clusters
    by_largest = -np.log((1.0 - level) / 2.0) * estimate.largest_share
    return float(min(1.0, max(by_largest, by_clusters)))


def _wald(estimate: RateEstimate, level: float) -> Limits:
    return wald(estimate.rate, estimate.std_error, degrees_of_freedom=estimate.degrees_of_freedom, level=level)


def _logit(estimate: RateEstimate, level: float) -> Limits:
    return logit(estimate.rate, estimate.std_error, degrees_of_freedom=estimate.degrees_of_freedom, level=level)


def _wilson(estimate: RateEstimate, level: float) -> Limits:
    return wilson(estimate.rate, estimate.std_error, degrees_of_freedom=estimate.degrees_of_freedom, level=level)


def _korn_graubard(estimate: RateEstimate, level: float) -> Limits:
    return korn_graubard(
        estimate.rate,
        estimate.std_error,
        degrees_of_freedom=estimate.degrees_of_freedom,
        n=estimate.n,
        level=level,
    )


def _gamma(estimate: RateEstimate, level: float) -> Limits:
    return gamma(estimate.rate, estimate.std_error**2, next_weight=estimate.largest_share, level=level)


def _split_gamma(estimate: RateEstimate, level: float) -> Limits:
    """One rung: nothing is known to be missed, all of the rate is what the score may or may not foresee."""
    rate, n_positive = estimate.rate, estimate.n_positive
    k = next_weight(estimate.drawn_share, estimate.score_share, rate=rate, n_positive=n_positive, n_rungs=1)
    variance = estimate.std_error**2
    found = WeightedCount(estimate.positive_share, min(variance, estimate.positive_square_share), k)
    return split_gamma(rate, found, WeightedCount(0.0, 0.0, 0.0), variance=variance, level=level)


_METHODS: Mapping[str, Callable[[RateEstimate, float], Limits]] = {
    "wald": _wald,
    "logit": _logit,
    "wilson": _wilson,
    "korn_graubard": _korn_graubard,
    "gamma": _gamma,
    "split_gamma": _split_gamma,
}
INTERVALS = tuple(_METHODS)
