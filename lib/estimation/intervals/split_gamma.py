"""Plumbline's own interval: gamma limits for the violations found, and for those that the rung below had missed."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.gamma import gamma_quantile

LOWER_SHARE_OF_TAIL = 0.6
# By rungs in use. A rung below finds much of what the score is blind to, and of what the first rung missed a second has
# caught much already.
BLIND_SHARES = {1: 0.07, 2: 0.03, 3: 0.03}
MISSED_SHARES = {2: 0.14, 3: 0.07}
BLIND_POWER = 1.25
FEW_POSITIVES = 8.0


@dataclass(frozen=True)
class WeightedCount:
    """A weighted sum of violations found, as a share of exposure.

    Attributes:
        rate: Σ w y, >= 0
        variance: its part of V̂, at most Σ w² y
        next_weight: k, the share of the rate that the next such violation is expected to stand for

    """

    rate: float
    variance: float
    next_weight: float


def split_gamma(
    rate: float, expected: WeightedCount, missed: WeightedCount, *, variance: float, level: float
) -> tuple[float, float]:
    """Return the limits of R̂ from the violations found as expected, and from those that the rung below had missed.

    Each part has the limits of Fay & Feuer (1997), eq. 5 and 6, with k the weight that the NEXT such violation is
    expected to have instead of the largest there is. What is left of V̂ rests on harmless units and false alarms; it is
    not skewed upwards and reaches z·√(rest) to either side. The reaches are joined by the square-root rule of Zou &
    Donner (2008): upper = R̂ + √(Σ (u_i - A_i)²), lower alike. With one rung nothing is missed. Two violations in a row
    of weight k stand for much of a rare rate: that is why Wald's interval of the same variance ends too soon.

    The error probability is split 3:2, because a safety rate that is shown too low is the worse error: 3 % of 95 %
    intervals may lie above the truth, 2 % below it. Both sides were chosen by measured coverage (`lib.audit`).

    Args:
        rate: R̂, any finite number
        expected: violations that the rung below found too, as weighted counts
        missed: violations that it missed
        variance: V̂(R̂); the parts' variances are at most their share of it
        level: nominal coverage in (0, 1)

    Returns:
        lower limit >= 0, and upper limit

    """
    below, above = zip(*(_reach(part, level) for part in (expected, missed)), strict=True)
    rest = np.sqrt(max(0.0, variance - expected.variance - missed.variance))
    lower_z, upper_z = (float(special.ndtri(1.0 - tail)) for tail in _tails(level))
    low = rate - float(np.linalg.norm([*below, lower_z * rest]))
    return max(0.0, low), rate + float(np.linalg.norm([*above, upper_z * rest]))


def next_weight(drawn_weight: float, score_weight: float, *, rate: float, n_positive: int, n_rungs: int) -> float:
    """Return k for violations that the score foresees, but for a share of the rate that it may be blind to.

        k = k_s + (k_e - k_s) / (1 + (k_e/(θ R̂))^1.25),      θ = 0.07 + 8/n², on a ladder 0.03 + 8/n²

    Both weights are size-biased (Patil & Rao 1978): a rate is made of weight, and of a given amount of it the heavy
    units, which are few in the sample, hold more than their number says. k_e is that of all sampled units, which a
    violation has that the score does not foresee, and k_s that of a violation it does. Where weights have nothing to do
    with risk (views, sizes) the two are the same. A blind spot can hold no more than about θ of the rate: a larger
    share would have been found, unless positives are few, when θ grows and k tends to k_e.

    Args:
        drawn_weight: k_e, Σ w²(1 - P) / Σ w over the sampled units, as a share of the rate
        score_weight: k_s, Σ w²(1 - P) s / Σ w s over the same units; more than k_e counts as k_e
        rate: R̂ > 0
        n_positive: n, violations found in all
        n_rungs: rungs in use, 1 to 3

    Returns:
        k, between k_s and k_e

    """
    by_score = min(drawn_weight, score_weight)
    hidden = (BLIND_SHARES[n_rungs] + FEW_POSITIVES / max(n_positive, 1) ** 2) * rate
    if not min(drawn_weight, hidden) > 0.0:
        return by_score
    # 1/(1 + a^b) without a power that overflows
    blind = float(special.expit(BLIND_POWER * (np.log(hidden) - np.log(drawn_weight))))
    return by_score + (drawn_weight - by_score) * blind


def presumed_risk(share: FloatArray, exposure: FloatArray) -> FloatArray:
    """Return a stand-in for the score where none is at hand: (p/x)², the risk for which p was the best choice.

    Probabilities in proportion to x·√risk are optimal for rare violations (Särndal, Swensson & Wretman 1992, section
    12.2), so they tell how risky the one who drew the sample took each unit to be. Only ratios matter.

    Args:
        share: x/p of the sampled units
        exposure: x of the same units, >= 0

    Returns:
        presumed risk, 0 for units without exposure

    """
    chance: FloatArray = np.divide(1.0, share, out=np.zeros_like(share), where=(share > 0.0) & (exposure > 0.0))
    largest = chance.max(initial=0.0)
    return (chance / largest) ** 2 if largest > 0.0 else chance


def next_missed_weight(score_weight: float, *, rate: float, n_positive: int, n_rungs: int) -> float:
    """Return k for violations that the first rung missed: as the score has it, but no more than a share of the rate.

        k = 1 / (1/k_s + 1/(θ R̂)),      θ = 0.14 + 8/n², with three rungs 0.07 + 8/n²

    A labeler that missed much more than θ of the rate would have been found out. All constants of this module were
    chosen by simulation; `scripts.audit_coverage` checks them.

    Args:
        score_weight: k_s, the size-biased weight on the last rung as in `next_weight`, of units that the first rung let
            pass
        rate: R̂ > 0
        n_positive: n, violations found in all
        n_rungs: rungs in use, 2 or 3

    Returns:
        k, at most k_s; 0 if k_s is

    """
    missed = (MISSED_SHARES[n_rungs] + FEW_POSITIVES / max(n_positive, 1) ** 2) * rate
    return score_weight * missed / (score_weight + missed) if score_weight > 0.0 else 0.0


def _reach(part: WeightedCount, level: float) -> tuple[float, float]:
    """How far the gamma limits of one part lie below and above it."""
    lower_tail, upper_tail = _tails(level)
    low = gamma_quantile(lower_tail, part.rate, part.variance)
    mean, variance = part.rate + part.next_weight, part.variance + part.next_weight**2
    return part.rate - low, gamma_quantile(1.0 - upper_tail, mean, variance) - part.rate


def _tails(level: float) -> tuple[float, float]:
    return LOWER_SHARE_OF_TAIL * (1.0 - level), (1.0 - LOWER_SHARE_OF_TAIL) * (1.0 - level)
