"""What an estimator and its intervals do over many samples: bias, variance estimate, coverage on either side, width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.audit.population import FloatArray
from lib.estimation.estimators import EstimatorName, PrevalenceEstimate, estimate_prevalence
from lib.estimation.intervals.prevalence_interval import IntervalMethod, confidence_interval
from lib.estimation.ladder_moments import LadderMoments

# The interval of a census is the truth itself, but for the last digits.
_RELATIVE_ROUNDING = 1e-9


@dataclass(frozen=True)
class Coverage:
    """Figures of one interval method over all replicates.

    Attributes:
        method: interval method
        coverage: share of intervals that contain the truth
        miss_low: share that lies above the truth
        miss_high: share that lies below it
        width_to_wald: mean width over that of R̂ ± z·se
        n_replicates: intervals

    """

    method: IntervalMethod
    coverage: float
    miss_low: float
    miss_high: float
    width_to_wald: float
    n_replicates: int

    @property
    def simulation_error(self) -> float:
        """Standard error of `coverage`."""
        return float(np.sqrt(self.coverage * (1.0 - self.coverage) / self.n_replicates))


@dataclass(frozen=True)
class AuditFigures:
    """Figures of one estimator over all replicates.

    Attributes:
        truth: R
        relative_bias: (mean R̂ - R)/R
        bias_in_errors: mean R̂ - R over its simulation error
        relative_std_error: standard deviation of R̂ over R
        variance_ratio: mean V̂ over the variance of R̂
        n_labels: units labelled on the last rung, mean
        n_positives: violating ones of them, mean
        gain: variance of simple random sampling with as many labels of the last rung over that of R̂
        intervals: one entry a method

    """

    truth: float
    relative_bias: float
    bias_in_errors: float
    relative_std_error: float
    variance_ratio: float
    n_labels: float
    n_positives: float
    gain: float
    intervals: tuple[Coverage, ...]


def audit(
    replicates: Iterable[LadderMoments],
    *,
    truth: float,
    simple_random_variance: float,
    estimator: EstimatorName,
    methods: Sequence[IntervalMethod],
    level: float,
) -> AuditFigures:
    """Estimate from every replicate and compare with the truth.

    Args:
        replicates: moments of independent samples
        truth: R > 0
        simple_random_variance: variance of one unit's x·y/X̄ about R: that of the mean of n units is this over n
        estimator: horvitz_thompson, hajek, difference or regression
        methods: interval methods
        level: nominal coverage in (0, 1)

    Returns:
        the figures

    """
    estimates: list[PrevalenceEstimate] = []
    limits: list[list[tuple[float, float]]] = []
    for moments in replicates:
        estimate = estimate_prevalence(moments, estimator=estimator)
        intervals = [confidence_interval(estimate, moments, method=method, level=level) for method in methods]
        estimates.append(estimate)
        limits.append([(interval.low, interval.high) for interval in intervals])
    values = np.array([estimate.prevalence for estimate in estimates])
    variances = np.array([estimate.variance for estimate in estimates])
    spread = float(values.std(ddof=1))
    n_labels = float(np.mean([estimate.n[-1] for estimate in estimates]))
    wald_width = 2.0 * float(stats.norm.isf((1.0 - level) / 2.0)) * float(np.sqrt(variances).mean())
    bounds = np.array(limits)
    return AuditFigures(
        truth=truth,
        relative_bias=float(values.mean() - truth) / truth,
        bias_in_errors=_ratio(float(values.mean() - truth), spread / float(np.sqrt(values.size))),
        relative_std_error=spread / truth,
        variance_ratio=_ratio(float(variances.mean()), spread**2),
        n_labels=n_labels,
        n_positives=float(np.mean([estimate.n_positive[-1] for estimate in estimates])),
        gain=_ratio(simple_random_variance, n_labels * spread**2),
        intervals=tuple(
            _coverage(method, bounds[:, position], truth, wald_width) for position, method in enumerate(methods)
        ),
    )


def simple_random_variance(exposure: FloatArray, verdict: FloatArray) -> float:
    """Return Σ (x/X̄)²(y - R)²/N: the variance of one unit for the ratio mean of a simple random sample."""
    share = exposure / exposure.mean()
    rate = float(share @ verdict / share.sum())
    return float(np.mean((share * (verdict - rate)) ** 2))


def _coverage(method: IntervalMethod, bounds: FloatArray, truth: float, wald_width: float) -> Coverage:
    low, high = bounds[:, 0], bounds[:, 1]
    rounding = _RELATIVE_ROUNDING * truth
    miss_low, miss_high = float((low > truth + rounding).mean()), float((high < truth - rounding).mean())
    return Coverage(
        method=method,
        coverage=1.0 - miss_low - miss_high,
        miss_low=miss_low,
        miss_high=miss_high,
        width_to_wald=_ratio(float((high - low).mean()), wald_width),
        n_replicates=len(bounds),
    )


def _ratio(numerator: float, denominator: float) -> float:
    """Their ratio; NaN where every sample gives the same estimate, so that there is nothing to divide by."""
    return numerator / denominator if denominator > 0.0 else float("nan")
