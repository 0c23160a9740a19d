"""How much a healthy rate varies from day to day beyond its sampling error, and for how long a deviation lasts."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.monitoring.detection.stream_block import FloatArray, IntArray

LAGS = (1, 2, 3, 5, 7, 10, 14)
WINDOW_DAYS = 180
# Grid of the two parameters, and what is expected of them before the series has told.
VARIATIONS = np.array([0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8])
PERSISTENCES = np.array([0.0, 0.3, 0.5, 0.7, 0.85])
EXPECTED_PERSISTENCE = 0.5
_LOG_VARIATION_SD = 0.7
_PERSISTENCE_SD = 0.3
# Posterior standard deviations added: a variation taken too small makes false alarms, one too large costs delay.
CAUTION = 1.0
# Streams of the same kind vary alike: together they count as much as this many like the one in question.
BORROWED_STREAMS = 2.0
LARGEST_PERSISTENCE = 0.95
_OUTLIER = 6.0
# Of a chi-squared variable with one degree of freedom: its median, and its mean when it is cut off at `_OUTLIER`.
_MEDIAN_OF_SQUARE = 0.455
_MEAN_CUT_OFF = float(_OUTLIER * stats.chi2.sf(_OUTLIER, 1) + stats.chi2.cdf(_OUTLIER, 3))


@dataclass(frozen=True, eq=False)
class HealthyVariation:
    """Relative deviations of the true rate from its level: a stationary AR(1) process, one a stream.

    Attributes:
        std_dev: τ, relative standard deviation
        persistence: φ, correlation of neighbouring days

    """

    std_dev: FloatArray
    persistence: FloatArray

    @classmethod
    def expected(cls, typical: FloatArray) -> "HealthyVariation":
        """What is assumed before a series has told: `typical` relative standard deviations."""
        return cls(typical.copy(), np.full(typical.shape, EXPECTED_PERSISTENCE))

    @property
    def long_run_variance(self) -> FloatArray:
        """τ²(1 + φ)/(1 - φ): n times the variance of a mean over n days, for large n, relative."""
        return self.std_dev**2 * (1.0 + self.persistence) / (1.0 - self.persistence)


def fitted_variation(
    relative: FloatArray, sampling_variance: FloatArray, epoch: IntArray, *, typical: FloatArray, group: IntArray
) -> HealthyVariation:
    """Fit τ and φ to the differences of days up to two weeks apart.

    With x_t the value over its level, season taken out, and s_t² its known sampling variance, half the squared
    difference of two days h apart has the expectation

        γ(h) = τ²(1 - φ^h) + (s_t² + s_{t-h}²)/2

    (the variogram of an AR(1) process with known noise: Cressie 1993, section 2.4). A level that shifts once
    disturbs h of the pairs only, and a drift none noticeably: what is slower than the lags is not taken for healthy.
    Squares are cut off at six times a robust scale. The likelihood of the mean squares, as scaled chi-squares whose
    degrees of freedom allow for overlapping pairs, times that of the stream's group, tempered to `BORROWED_STREAMS`,
    times a prior gives a posterior on a grid; its mean plus one standard deviation is returned. A stream with large
    sampling errors cannot tell how much its rate varies, its group can.

    Args:
        relative: x, streams x days; NaN on days that are not learned from
        sampling_variance: s², relative, the same shape
        epoch: number of the level that a day belongs to; pairs across two levels are left out
        typical: prior median of τ, one a stream
        group: number of the group of streams that a stream belongs to

    Returns:
        the variation

    """
    own = np.zeros((len(typical), len(PERSISTENCES), len(VARIATIONS)))
    for lag in LAGS:
        if relative.shape[1] > lag:
            own += _log_likelihood(relative, sampling_variance, epoch, lag)
    posterior = _log_prior(typical) + own + BORROWED_STREAMS * _group_means(own, group)
    weights = np.exp(posterior - posterior.max(axis=(1, 2), keepdims=True))
    weights /= weights.sum(axis=(1, 2), keepdims=True)
    variance = _cautious(weights.sum(axis=1), VARIATIONS**2)
    persistence = _cautious(weights.sum(axis=2), PERSISTENCES)
    return HealthyVariation(np.sqrt(variance), np.minimum(persistence, LARGEST_PERSISTENCE))


def _group_means(own: FloatArray, group: IntArray) -> FloatArray:
    means = np.zeros_like(own)
    for number in np.unique(group):
        means[group == number] = own[group == number].mean(axis=0)
    return means


def _log_prior(typical: FloatArray) -> FloatArray:
    """Log-normal in τ, normal in φ: streams x persistences x variations."""
    by_variation = -0.5 * (np.log(VARIATIONS / typical[:, None]) / _LOG_VARIATION_SD) ** 2
    by_persistence = -0.5 * ((PERSISTENCES - EXPECTED_PERSISTENCE) / _PERSISTENCE_SD) ** 2
    prior: FloatArray = by_persistence[None, :, None] + by_variation[:, None, :]
    return prior


def _log_likelihood(relative: FloatArray, variance: FloatArray, epoch: IntArray, lag: int) -> FloatArray:
    squares = (relative[:, lag:] - relative[:, :-lag]) ** 2 / 2.0
    noise = (variance[:, lag:] + variance[:, :-lag]) / 2.0
    is_pair = np.isfinite(squares) & (epoch[:, lag:] == epoch[:, :-lag])
    n_pairs = is_pair.sum(axis=1)
    scale = _row_medians(squares, is_pair) / _MEDIAN_OF_SQUARE
    largest = _OUTLIER * np.maximum(scale[:, None], np.where(is_pair, noise, 0.0))
    divisor = np.maximum(n_pairs, 1)
    mean_square = np.where(is_pair, np.minimum(squares, largest), 0.0).sum(axis=1) / (divisor * _MEAN_CUT_OFF)
    mean_noise = np.where(is_pair, noise, 0.0).sum(axis=1) / divisor
    expected = mean_noise[:, None, None] + VARIATIONS**2 * (1.0 - PERSISTENCES[:, None] ** lag)
    # a chi-square of n degrees has half of n here; lags share their days, and so do neighbouring pairs
    half_degrees = n_pairs / (3.0 * len(LAGS))
    likelihood: FloatArray = -half_degrees[:, None, None] * (np.log(expected) + mean_square[:, None, None] / expected)
    return likelihood


def _row_medians(values: FloatArray, is_used: FloatArray) -> FloatArray:
    """Median of the used entries of each row, 0 without any."""
    in_order = np.sort(np.where(is_used, values, np.inf), axis=1)
    middle = np.maximum((is_used.sum(axis=1) - 1) // 2, 0)
    medians = np.take_along_axis(in_order, middle[:, None], axis=1)[:, 0]
    return np.where(np.isfinite(medians), medians, 0.0)


def _cautious(weights: FloatArray, grid: FloatArray) -> FloatArray:
    mean = weights @ grid
    spread = np.sqrt(np.maximum(weights @ grid**2 - mean**2, 0.0))
    cautious: FloatArray = mean + CAUTION * spread
    return cautious
