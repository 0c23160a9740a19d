"""The confidence interval of a prevalence: within [0, 1], never NaN, and never empty on a day without violations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import stats

from lib.estimation.estimators import PrevalenceEstimate
from lib.estimation.intervals.gamma import gamma, gamma_mid_p
from lib.estimation.intervals.korn_graubard import korn_graubard
from lib.estimation.intervals.logit import logit
from lib.estimation.intervals.split_gamma import WeightedCount, next_missed_weight, next_weight, split_gamma
from lib.estimation.intervals.violation_weights import ViolationWeights
from lib.estimation.intervals.wald import wald
from lib.estimation.intervals.wilson import wilson
from lib.estimation.ladder_moments import LadderMoments

IntervalMethod = Literal["wald", "logit", "wilson", "korn_graubard", "gamma", "gamma_mid_p", "split_gamma"]
INTERVAL_METHODS: tuple[IntervalMethod, ...] = get_args(IntervalMethod)
DEFAULT_INTERVAL_METHOD: IntervalMethod = "split_gamma"


@dataclass(frozen=True)
class ConfidenceInterval:
    """Limits of the prevalence, shares in [0, 1], with low <= published prevalence <= high.

    Attributes:
        low: lower limit
        high: upper limit
        method: the method asked for; days without violations or variance follow one rule for all methods
        level: nominal coverage in (0, 1)

    """

    low: float
    high: float
    method: IntervalMethod
    level: float


def confidence_interval(
    estimate: PrevalenceEstimate,
    moments: LadderMoments,
    *,
    method: IntervalMethod = DEFAULT_INTERVAL_METHOD,
    level: float = 0.95,
) -> ConfidenceInterval:
    """Return the two-sided interval of an estimate.

    Special days, with U = min(1, -k·ln(α/2)) of `unseen_limit`:

    - a census (every unit on the last rung, all P = 1) is exact: (R, R);
    - no variance although units went unseen: R ± U, so (0, U] without positives;
    - no positive with exposure on the last rung: low is 0 and high at least U;
    - R̂ outside (0, 1) by noise: from the published 0 or 1 inwards by t·se, at least U.

    Args:
        estimate: result of `estimate_prevalence`
        moments: the moments it was computed from
        method: name of a module of this room, or gamma_mid_p
        level: nominal coverage in (0, 1)

    Returns:
        the interval

    Raises:
        ValueError: the level or the method is not valid, or U is needed and `largest_weight` is not positive

    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
    if method not in _LIMITS:
        raise ValueError(f"Interval method {method!r} is not known; choose one of {', '.join(INTERVAL_METHODS)}.")
    tail = (1.0 - level) / 2.0
    low, high = _limits(estimate, moments, method, tail)
    centre = estimate.published
    return ConfidenceInterval(
        low=min(centre, max(0.0, low)), high=max(centre, min(1.0, high)), method=method, level=level
    )


def unseen_limit(moments: LadderMoments, tail: float) -> float:
    """Return U = min(1, -k·ln(tail)): the prevalence whose violations all go unseen with probability `tail`.

    k = largest_weight / exposure_total is the largest share of the total that one sampled violation can stand for. M
    violations of exposure x and weight x/P <= w all go unseen with probability (1 - P)^M <= exp(-M·x/w) = exp(-R/k),
    R = M·x/X: the rule of three (Hanley & Lippman-Hand 1983) for unequal weights, at the chosen tail.

    Args:
        moments: moments of the domain
        tail: probability α/2

    Returns:
        U in (0, 1]

    Raises:
        ValueError: `largest_weight` is not positive, so the design gives no bound

    """
    return float(min(1.0, -np.log(tail) * _largest_share(moments)))


def _limits(
    estimate: PrevalenceEstimate, moments: LadderMoments, method: IntervalMethod, tail: float
) -> tuple[float, float]:
    centre = estimate.published
    if moments.is_census:
        return centre, centre
    if estimate.variance == 0.0:
        unseen = unseen_limit(moments, tail)
        return centre - unseen, centre + unseen
    if estimate.effective_sample_size is None:
        t = float(stats.t.isf(tail, estimate.degrees_of_freedom))
        reach = max(t * estimate.std_error, unseen_limit(moments, tail))
        return centre - reach, centre + reach
    low, high = _LIMITS[method](estimate, moments, 1.0 - 2.0 * tail)
    if not moments.tail.has_violating_exposure:
        # A violation that carries none of the exposure tells as much about it as none. Its estimate may be 0 up to
        # rounding, to either side, with a variance to match: nothing may depend on which.
        return 0.0, max(high, unseen_limit(moments, tail))
    return low, high


def _by_normal_theory(
    limits: Callable[..., tuple[float, float]],
) -> Callable[[PrevalenceEstimate, LadderMoments, float], tuple[float, float]]:
    """A method that needs rate, standard error and degrees of freedom alone."""

    def of_estimate(estimate: PrevalenceEstimate, _: LadderMoments, level: float) -> tuple[float, float]:
        return limits(
            estimate.prevalence, estimate.std_error, degrees_of_freedom=estimate.degrees_of_freedom, level=level
        )

    return of_estimate


def _korn_graubard(estimate: PrevalenceEstimate, _: LadderMoments, level: float) -> tuple[float, float]:
    return korn_graubard(
        estimate.prevalence,
        estimate.std_error,
        degrees_of_freedom=estimate.degrees_of_freedom,
        n=estimate.n[0],
        level=level,
    )


def _gamma(estimate: PrevalenceEstimate, moments: LadderMoments, level: float) -> tuple[float, float]:
    return gamma(estimate.prevalence, estimate.variance, next_weight=_largest_share(moments), level=level)


def _gamma_mid_p(estimate: PrevalenceEstimate, moments: LadderMoments, level: float) -> tuple[float, float]:
    return gamma_mid_p(estimate.prevalence, estimate.variance, next_weight=_largest_share(moments), level=level)


def _split_gamma(estimate: PrevalenceEstimate, moments: LadderMoments, level: float) -> tuple[float, float]:
    """With one rung nothing is known to be missed: all violations are what the score may or may not foresee."""
    rate, variance, whole = estimate.prevalence, estimate.variance, moments.exposure_total
    n_positive, tail, weights = estimate.n_positive[-1], moments.tail, ViolationWeights.of(moments)
    n_rungs = len(moments.rungs)
    k = next_weight(weights.drawn / whole, weights.by_score / whole, rate=rate, n_positive=n_positive, n_rungs=n_rungs)
    if n_rungs == 1:
        found = WeightedCount(tail.positive_total / whole, min(variance, tail.positive_square / whole**2), k)
        return split_gamma(rate, found, WeightedCount(0.0, 0.0, 0.0), variance=variance, level=level)
    missed_variance = min(variance, tail.missed_square / whole**2)
    found_square = max(0.0, tail.positive_square - tail.missed_square) / whole**2
    found = WeightedCount(
        max(0.0, tail.positive_total - tail.missed_total) / whole,
        min(variance - missed_variance, found_square),
        k,
    )
    k_missed = next_missed_weight(weights.missed / whole, rate=rate, n_positive=n_positive, n_rungs=n_rungs)
    missed = WeightedCount(tail.missed_total / whole, missed_variance, k_missed)
    return split_gamma(rate, found, missed, variance=variance, level=level)


def _largest_share(moments: LadderMoments) -> float:
    if not moments.largest_weight > 0.0:
        raise ValueError(f"An upper limit needs the design's largest_weight; it is {moments.largest_weight}.")
    return moments.largest_weight / moments.exposure_total


_LIMITS: dict[str, Callable[[PrevalenceEstimate, LadderMoments, float], tuple[float, float]]] = {
    "wald": _by_normal_theory(wald),
    "logit": _by_normal_theory(logit),
    "wilson": _by_normal_theory(wilson),
    "korn_graubard": _korn_graubard,
    "gamma": _gamma,
    "gamma_mid_p": _gamma_mid_p,
    "split_gamma": _split_gamma,
}
