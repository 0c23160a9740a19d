"""Change between two periods from additive moments, also where the periods share days."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lib.estimation.change.difference import Change, change_between
from lib.estimation.change.paired_estimates import PairedChange, paired_change
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.ratio import RelativeChange, ratio_between
from lib.estimation.design_estimates import DesignEstimates
from lib.estimation.estimators import DEFAULT_ESTIMATOR, EstimatorName, PrevalenceEstimate, estimate_prevalence
from lib.estimation.intervals.prevalence_interval import DEFAULT_INTERVAL_METHOD, IntervalMethod, confidence_interval
from lib.estimation.ladder_moments import FloatArray, LadderMoments
from lib.estimation.ladder_total import LadderForm

Cell = TypeVar("Cell", bound=Hashable)


@dataclass(frozen=True)
class PeriodChange:
    """The change between two periods.

    Attributes:
        estimates: both prevalences, their covariance, difference and ratio with standard errors
        difference: now - before with its interval
        ratio: now / before with its interval

    """

    estimates: PairedChange
    difference: Change
    ratio: RelativeChange


def period_change(
    before: Mapping[Cell, LadderMoments],
    after: Mapping[Cell, LadderMoments],
    *,
    estimator: EstimatorName = DEFAULT_ESTIMATOR,
    interval: IntervalMethod = DEFAULT_INTERVAL_METHOD,
    level: float = 0.95,
) -> PeriodChange:
    """Return the change between two periods, each given as the moments of its days (and strata, if wanted).

    Each period is estimated from the sum of its rows. Days that are in one period only are independent of all others;
    the days in both give the covariance of `shared_covariance`.

    Args:
        before: moments of the earlier period by day, or by (day, stratum)
        after: moments of the later period, with the same keys for the same rows
        estimator: the estimator of both periods
        interval: interval method of both periods, from which the limits follow by the square-root rule
        level: nominal coverage in (0, 1)

    Returns:
        both estimates, difference and ratio. Limits are around the published values, clipped to [0, 1]

    Raises:
        ValueError: a period is empty or without exposure, the ladders differ, or a shared key has two different rows

    """
    shared = [before[cell] for cell in after if cell in before and _is_same_row(cell, before[cell], after[cell])]
    moments = tuple(LadderMoments.total(period.values()) for period in (before, after))
    first, second = (estimate_prevalence(period, estimator=estimator) for period in moments)
    covariance = 0.0
    if shared:
        totals = LadderMoments.total(shared)
        exposures = moments[0].exposure_total * moments[1].exposure_total
        covariance = shared_covariance(totals, first, second) / exposures
    estimates = paired_change(
        DesignEstimates(
            np.array([first.prevalence, second.prevalence]),
            np.array([[first.variance, covariance], [covariance, second.variance]]),
        )
    )
    rates = []
    for estimate, period in zip((first, second), moments, strict=True):
        limits = confidence_interval(estimate, period, method=interval, level=level)
        rates.append(RateEstimate(estimate.published, limits.low, limits.high))
    return PeriodChange(
        estimates=estimates,
        difference=change_between(rates[1], rates[0], correlation=estimates.correlation),
        ratio=ratio_between(rates[1], rates[0], correlation=estimates.correlation),
    )


def shared_covariance(shared: LadderMoments, before: PrevalenceEstimate, after: PrevalenceEstimate) -> float:
    """Return Ĉov(Ŷ_before, Ŷ_after) of two estimated totals whose samples have the rows of `shared` in common.

    The residual of a unit on the ladder is c'z, with coefficients c that each period has tuned for itself, so

        Ĉov = c_before' products c_after = Σ_a Σ_b Σ_S (1/P_a - 1)/P_b · d_a,before · d_b,after,   P_b the later rung

    by the argument of `LadderForm`; with c_before = c_after and all days shared it is the variance.

    Args:
        shared: sum of the moments of the days (and strata) in both periods
        before: estimate of the earlier period
        after: estimate of the later period

    Returns:
        the covariance of the two totals, in squared units of exposure

    Raises:
        ValueError: the ladders of the estimates and of the shared rows differ in length

    """
    if not len(before.n) == len(after.n) == len(shared.rungs):
        raise ValueError(
            f"Estimates on {len(before.n)} and {len(after.n)} rungs and shared rows on {len(shared.rungs)} have no "
            "covariance from moments; estimate both periods on the rungs they share (`first_rungs`)."
        )
    form = LadderForm.of(shared)
    first, second = (form.offset + form.slope @ _coefficients(estimate) for estimate in (before, after))
    return float(first @ shared.products @ second)


def _coefficients(estimate: PrevalenceEstimate) -> FloatArray:
    return np.array([estimate.exposure_coefficient, estimate.score_coefficient, *estimate.lambdas])


def _is_same_row(cell: Hashable, first: LadderMoments, second: LadderMoments) -> bool:
    if first is second or (first.n == second.n and np.array_equal(first.sums, second.sums)):
        return True
    raise ValueError(f"Both periods have a row {cell}, with different moments; read both from one table version.")
