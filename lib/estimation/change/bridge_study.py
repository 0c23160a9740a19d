"""Level shift of a series at a break: the same units labelled under the old and the new version."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from lib.estimation.change.bridge_moments import BridgeMoments
from lib.estimation.change.difference import Change
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.ratio import RelativeChange
from lib.estimation.change.square_root_rule import combination_limits
from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.gamma import gamma
from schemas.contracts.bridge_names import BRIDGE_VARIABLES

_EXPOSURE = BRIDGE_VARIABLES.index("exposure")
_RELATIVE_ROUNDING = 1e-12
_SHIFT = np.array([1.0, -1.0, 0.0])


@dataclass(frozen=True)
class BridgeEstimate:
    """The shift between two versions.

    Attributes:
        old_prevalence: under the old version, a share of exposure
        new_prevalence: under the new version, on the same units
        shift: new - old with its interval
        std_error: of the shift, from the choice of the units: the shift of the days of the study
        process_std_error: of the shift as a property of the versions, for use on other days
        ratio: new / old with its interval
        ratio_std_error: of the ratio, like `std_error`; None if there is no ratio
        ratio_process_std_error: of the ratio, like `process_std_error`; None if there is no ratio
        n_units: units with both verdicts
        n_disagreeing: units whose verdict changed

    """

    old_prevalence: float
    new_prevalence: float
    shift: Change
    std_error: float
    process_std_error: float
    ratio: RelativeChange
    ratio_std_error: float | None
    ratio_process_std_error: float | None
    n_units: int
    n_disagreeing: int


def estimate_shift(moments: BridgeMoments, *, level: float = 0.95) -> BridgeEstimate:
    """Estimate difference and ratio of the prevalence under the new and the old version.

    With the shares of exposure g that only the new version calls violating, l only the old one, k both,

        shift = g - l        ratio = (g + k)/(l + k)        e_i = x_i·(y_new - y_old - shift)/X̂
        V̂(shift) = Σ_S (1/P - 1)/P·e²        for other days: + Σ_S e²/P, together Σ_S e²/P²

    Hájek's mean of the paired differences: Särndal, Swensson & Wretman (1992), section 5.7. The second term is the
    variance of the verdicts themselves (Korn & Graubard 1998, superpopulation parameters): with every unit labelled the
    days of the study are known exactly, the shift on the next day is not. Units without both verdicts count as missing
    at random.

    Limits: g, l and k each have a gamma interval of their own, so that a shift on few disagreements is skewed as it
    should be, and no disagreement is not a shift of exactly 0; `combination_limits` joins them. Those of the ratio are
    the r at which the interval of (g + k) - r·(l + k) = g - r·l + (1 - r)·k touches 0 (Fieller 1954).

    Args:
        moments: sums of the units labelled under both versions
        level: nominal coverage in (0, 1)

    Returns:
        the shift; without an old violation the ratio is None and its upper limit infinite

    Raises:
        ValueError: no unit has both verdicts, or they have no exposure

    """
    total = float(moments.sums[_EXPOSURE])
    if not (moments.n_units and total > 0.0):
        raise ValueError(
            f"A shift needs units with exposure and a verdict under both versions; there are {moments.n_units} with "
            f"exposure {total}. Label an overlap of units under both versions."
        )
    gained, lost, kept = (float(value) / total for value in moments.sums[:_EXPOSURE])
    linear = np.hstack([np.eye(_EXPOSURE), -np.array([[gained], [lost], [kept]])]) / total
    design = linear @ moments.products @ linear.T
    process = design + linear @ moments.process_products @ linear.T
    rates = [_rate(moments, position, float(design[position, position]), level) for position in range(_EXPOSURE)]
    correlation = _correlation(design)
    low, high = combination_limits((1.0, -1.0, 0.0), rates, correlation)
    new, old = gained + kept, lost + kept
    slope = None if old == 0.0 else np.array([1.0, -new / old, 1.0 - new / old]) / old
    return BridgeEstimate(
        old_prevalence=old,
        new_prevalence=new,
        shift=Change(difference=gained - lost, low=low, high=high),
        std_error=_std_error(design, _SHIFT),
        process_std_error=_std_error(process, _SHIFT),
        ratio=RelativeChange(None if old == 0.0 else new / old, *_ratio_limits(rates, correlation)),
        ratio_std_error=None if slope is None else _std_error(design, slope),
        ratio_process_std_error=None if slope is None else _std_error(process, slope),
        n_units=moments.n_units,
        n_disagreeing=moments.n_gained + moments.n_lost,
    )


def _rate(moments: BridgeMoments, position: int, variance: float, level: float) -> RateEstimate:
    """One of the three shares with its interval; k is the weight that the next such unit has on average.

    Half of k is much like the mid-P form (Fay & Kim 2017): in simulations with 4 to 130 disagreements and uneven
    weights the shift was covered with .95 to .995 at 1.04 to 1.5 times Wald's width (whole k: .96 to .999 at 1.05 to
    1.8; Wald: .87 to .95). Without such a unit it is all of k.
    """
    total = float(moments.sums[_EXPOSURE])
    rate = min(1.0, float(moments.sums[position]) / total)
    is_census = moments.sum_weight <= moments.n_units * (1.0 + _RELATIVE_ROUNDING)
    squares = float(moments.products[_EXPOSURE, _EXPOSURE] + moments.process_products[_EXPOSURE, _EXPOSURE])
    average_weight = 0.0 if is_census else squares / total**2
    next_weight = average_weight if rate == 0.0 else average_weight / 2.0
    low, high = gamma(rate, max(0.0, variance), next_weight=next_weight, level=level)
    return RateEstimate(rate, min(rate, low), max(rate, min(1.0, high)))


def _correlation(covariance: FloatArray) -> FloatArray:
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale[scale == 0.0] = np.inf
    correlation: FloatArray = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _ratio_limits(rates: list[RateEstimate], correlation: FloatArray) -> tuple[float, float]:
    """The r >= 0 at which the limits of g - r·l + (1 - r)·k are 0."""
    gained, lost, kept = (rate.prevalence for rate in rates)
    ratio = (gained + kept) / (lost + kept) if lost + kept > 0.0 else None

    def limits(r: float) -> tuple[float, float]:
        return combination_limits((1.0, -r, 1.0 - r), rates, correlation)

    low, high = 0.0, math.inf
    if limits(0.0)[0] > 0.0:
        end = _sign_change(lambda r: limits(r)[0], 1.0) if ratio is None else ratio
        low = float(optimize.brentq(lambda r: limits(r)[0], 0.0, end)) if limits(end)[0] < 0.0 else end
    # as r grows, the limits of -(l + k) decide: if the old prevalence may be 0, the ratio has no bound
    if ratio is not None and combination_limits((0.0, -1.0, -1.0), rates, correlation)[1] < 0.0:
        end = _sign_change(lambda r: limits(r)[1], max(1.0, 2.0 * ratio))
        high = float(optimize.brentq(lambda r: limits(r)[1], ratio, end)) if limits(ratio)[1] > 0.0 else ratio
    return low, high


def _sign_change(limit: Callable[[float], float], start: float) -> float:
    """The first of start, 2·start, 4·start, ... at which `limit` is negative; it is for every large enough r."""
    end = start
    while limit(end) >= 0.0:
        end *= 2.0
    return end


def _std_error(covariance: FloatArray, slope: FloatArray) -> float:
    return float(np.sqrt(max(0.0, float(slope @ covariance @ slope))))
