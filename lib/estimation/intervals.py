"""Confidence intervals of a prevalence: within [0, 1], never NaN, and never empty on a day without violations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import special, stats

from lib.estimation.estimators import PrevalenceEstimate
from lib.estimation.ladder_moments import LadderMoments

IntervalMethod = Literal["wald", "logit", "wilson", "korn_graubard"]
INTERVAL_METHODS: tuple[IntervalMethod, ...] = get_args(IntervalMethod)
DEFAULT_INTERVAL_METHOD: IntervalMethod = "korn_graubard"


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
    - no positive on the last rung: low is 0 and high at least U;
    - R̂ outside (0, 1) by noise: from the published 0 or 1 inwards by t·se, at least U.

    Args:
        estimate: result of `estimate_prevalence`
        moments: the moments it was computed from
        method: wald, logit, wilson or korn_graubard
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
    if not moments.largest_weight > 0.0:
        raise ValueError(f"An upper limit needs the design's largest_weight; it is {moments.largest_weight}.")
    return float(min(1.0, -np.log(tail) * moments.largest_weight / moments.exposure_total))


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
        reach = max(_t(estimate, tail) * estimate.std_error, unseen_limit(moments, tail))
        return centre - reach, centre + reach
    low, high = _LIMITS[method](estimate, tail)
    if estimate.n_positive[-1] == 0:
        return 0.0, max(high, unseen_limit(moments, tail))
    return low, high


def _t(estimate: PrevalenceEstimate, tail: float) -> float:
    return float(stats.t.isf(tail, estimate.degrees_of_freedom))


def _wald(estimate: PrevalenceEstimate, tail: float) -> tuple[float, float]:
    """R ± t·se."""
    reach = _t(estimate, tail) * estimate.std_error
    return estimate.prevalence - reach, estimate.prevalence + reach


def _logit(estimate: PrevalenceEstimate, tail: float) -> tuple[float, float]:
    """logit(R) ± t·se/(R(1 - R)), transformed back: Korn & Graubard (1999); `xlogit` of R's survey."""
    rate = estimate.prevalence
    reach = _t(estimate, tail) * estimate.std_error / (rate * (1.0 - rate))
    centre = special.logit(rate)
    return float(special.expit(centre - reach)), float(special.expit(centre + reach))


def _wilson(estimate: PrevalenceEstimate, tail: float) -> tuple[float, float]:
    """Score interval of Wilson (1927) with n = n_eff and a t quantile: Dean & Pagano (2015)."""
    rate, size, t = estimate.prevalence, _size(estimate), _t(estimate, tail)
    centre = (size * rate + t**2 / 2.0) / (size + t**2)
    reach = t * np.sqrt(size * rate * (1.0 - rate) + t**2 / 4.0) / (size + t**2)
    return float(centre - reach), float(centre + reach)


def _korn_graubard(estimate: PrevalenceEstimate, tail: float) -> tuple[float, float]:
    """Clopper-Pearson with n_eff* = n_eff·(t_{n-1}/t_{df})² units: Korn & Graubard (1998), `beta` of R's survey.

    n_eff is not capped at n: a good score and a good ladder make it larger, and the cap would throw that away.
    """
    t_ratio = float(stats.t.isf(tail, max(1, estimate.n[0] - 1))) / _t(estimate, tail)
    size = _size(estimate) * t_ratio**2
    count = size * estimate.prevalence
    low = stats.beta.ppf(tail, count, size - count + 1.0)
    high = stats.beta.isf(tail, count + 1.0, size - count)
    # the beta quantile of a count that underflows to 0, or reaches n, is NaN: its limit is 0 or 1
    return float(np.nan_to_num(low, nan=0.0)), float(np.nan_to_num(high, nan=1.0))


def _size(estimate: PrevalenceEstimate) -> float:
    if estimate.effective_sample_size is None:
        raise ValueError("An estimate without effective sample size has no interval of its own.")
    return estimate.effective_sample_size


_LIMITS: dict[str, Callable[[PrevalenceEstimate, float], tuple[float, float]]] = {
    "wald": _wald,
    "logit": _logit,
    "wilson": _wilson,
    "korn_graubard": _korn_graubard,
}
