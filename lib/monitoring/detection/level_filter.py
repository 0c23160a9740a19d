"""What a healthy series is expected to show tomorrow: level, day of the week, passing deviations (a Kalman filter)."""

from dataclasses import dataclass, fields

import numpy as np

from lib.monitoring.detection.healthy_variation import WINDOW_DAYS as VARIATION_WINDOW
from lib.monitoring.detection.healthy_variation import HealthyVariation, fitted_variation
from lib.monitoring.detection.stream_block import DAYS_OF_A_WEEK, BoolArray, FloatArray, IntArray, StreamBlock

LEVEL, DEVIATION, FIRST_WEEKDAY = 0, 1, 2
N_STATES = 2 + DAYS_OF_A_WEEK
# Relative standard deviation of the effect of a day of the week before the series has told.
SEASON_SD = 0.1
# A residual beyond this many standard deviations, and events, teaches no more than one that is there.
LARGEST_RESIDUAL = 4.0
LARGEST_EVENTS = 3.0
# The grain of a single day is not its mean: weights are uneven, and a heavy one makes a tail.
GRAIN_CAUTION = 1.25
_DIFFUSE = 4.0
_SMALLEST_SEASON = 0.3
_LEAST_SCALE = 1e-300


@dataclass(frozen=True, eq=False)
class Innovation:
    """The news of a day against what was expected of it, relative to the stream's scale; one entry a stream.

    Attributes:
        residual: value less expectation, 0 where there is no value
        expected: expectation
        level: the level that relative changes refer to
        grain: what one event stands for
        sampling_variance: of the value given the rate, were the rate as expected
        model_variance: of the expectation and of the healthy deviation
        limit: largest residual that counts
        gain: how far each state moves per unit of residual, streams x states; 0 where nothing was learned
        season: relative effect of the day of the week
        is_observed: whether there is a value

    """

    residual: FloatArray
    expected: FloatArray
    level: FloatArray
    grain: FloatArray
    sampling_variance: FloatArray
    model_variance: FloatArray
    limit: FloatArray
    gain: FloatArray
    season: FloatArray
    is_observed: BoolArray

    def of(self, chosen: BoolArray) -> "Innovation":
        """The news of some of the streams."""
        return Innovation(**{part.name: getattr(self, part.name)[chosen] for part in fields(self)})

    def spread(self, rows: IntArray, n_streams: int) -> "Innovation":
        """The news as those of all streams: of others than `rows` there are none."""
        parts = {}
        for part in fields(self):
            known = getattr(self, part.name)
            # a variance of 1 keeps the arithmetic of streams without news finite
            blank = np.ones if part.name == "sampling_variance" else np.zeros
            parts[part.name] = blank((n_streams, *known.shape[1:]), dtype=known.dtype)
            parts[part.name][rows] = known
        return Innovation(**parts)


class LevelFilter:
    """Level, healthy deviation (an AR(1) process) and day-of-week effects of every stream: 9 states each.

        y_t/b = level + deviation_t + season_w(t) + sampling error

    with b the scale, the first mean after a start. The states have a Gaussian prior, diffuse in the level; residuals
    beyond `LARGEST_RESIDUAL` are cut off before they teach anything (Masreliez & Martin 1977), so that one odd day
    moves no baseline. The variance of a count follows the mean since the start, not the day's expectation: after
    weeks without an event that would shrink to nothing and the next event would be a wonder.
    """

    def __init__(self, block: StreamBlock) -> None:
        n, n_days = block.values.shape
        self._block = block
        self._values = block.usable
        self._mean = np.zeros((n, N_STATES))
        self._covariance = np.zeros((n, N_STATES, N_STATES))
        self._season_mean = np.zeros((n, DAYS_OF_A_WEEK))
        self._season_covariance = np.tile(np.eye(DAYS_OF_A_WEEK) * SEASON_SD**2, (n, 1, 1))
        self._value_sum, self._n_learned = np.zeros(n), np.zeros(n)
        self.scale = np.ones(n)
        self._first, self._epoch = np.zeros(n, dtype=np.int64), np.full((n, n_days), -1, dtype=np.int64)
        self.variation = HealthyVariation.expected(block.typical_variation)
        self._relative = np.full((n, n_days), np.nan)
        self._noise = np.zeros((n, n_days))

    def start(self, rows: IntArray, first: IntArray, last: int, *, is_learned: BoolArray) -> None:
        """Forget the level of `rows` and learn it from days first..last, season known before kept as the prior.

        Args:
            rows: streams
            first: first day of each
            last: last day that is learned from, the same for all
            is_learned: streams x days, False on days of an incident

        """
        inside = (np.arange(self._values.shape[1]) >= first[:, None]) & (np.arange(self._values.shape[1]) <= last)
        values = np.where(inside & is_learned[rows], self._values[rows], np.nan)
        n_values = np.maximum(np.isfinite(values).sum(axis=1), 1)
        grain = self._block.grain[rows, last] * GRAIN_CAUTION
        first_mean = np.nansum(values, axis=1) / n_values
        self.scale[rows] = np.maximum(first_mean, np.maximum(0.5 * grain / n_values, _LEAST_SCALE))
        mean = np.zeros((len(rows), N_STATES))
        covariance = np.zeros((len(rows), N_STATES, N_STATES))
        mean[:, LEVEL], covariance[:, LEVEL, LEVEL] = 1.0, _DIFFUSE
        covariance[:, DEVIATION, DEVIATION] = self.variation.std_dev[rows] ** 2
        mean[:, FIRST_WEEKDAY:] = self._season_mean[rows]
        covariance[:, FIRST_WEEKDAY:, FIRST_WEEKDAY:] = self._season_covariance[rows]
        self._mean[rows], self._covariance[rows] = mean, covariance
        self._value_sum[rows], self._n_learned[rows] = self.scale[rows], 1.0
        self._first[rows] = first
        for day in range(int(first.min()), last + 1):
            begun = rows[first <= day]
            self.step(begun, day, is_learning=is_learned[begun, day])

    def keep_season(self, rows: IntArray) -> None:
        """Make what is known of the days of the week the prior of the next start."""
        self._season_mean[rows] = self._mean[rows, FIRST_WEEKDAY:]
        self._season_covariance[rows] = self._covariance[rows, FIRST_WEEKDAY:, FIRST_WEEKDAY:]

    def rest(self, rows: IntArray) -> None:
        """Forget the passing deviation of `rows`: after an incident nothing is known of it."""
        self._mean[rows, DEVIATION] = 0.0
        self._covariance[rows, DEVIATION, :] = self._covariance[rows, :, DEVIATION] = 0.0
        self._covariance[rows, DEVIATION, DEVIATION] = self.variation.std_dev[rows] ** 2

    def refit_variation(self, day: int, *, is_learned: BoolArray) -> None:
        """Learn the healthy variation from the days before `day`."""
        span = slice(max(0, day - VARIATION_WINDOW), day)
        relative = np.where(is_learned[:, span], self._relative[:, span], np.nan)
        self.variation = fitted_variation(
            relative,
            self._noise[:, span],
            self._epoch[:, span],
            typical=self._block.typical_variation,
            group=self._block.group,
        )

    def step(self, rows: IntArray, day: int, *, is_learning: BoolArray) -> Innovation:
        """Move `rows` on to `day`, compare with its values, and learn from them where `is_learning`."""
        self._pass_a_day(rows)
        weekday = FIRST_WEEKDAY + self._block.weekday(day)
        mean, covariance = self._mean[rows], self._covariance[rows]
        values = self._values[rows, day] / self.scale[rows]
        is_observed = np.isfinite(values)
        season = mean[:, weekday]
        expected = mean[:, LEVEL] + mean[:, DEVIATION] + season
        grain = self._block.grain[rows, day] * GRAIN_CAUTION / self.scale[rows]
        seasonal = np.maximum(1.0 + season, _SMALLEST_SEASON)
        typical = (self._value_sum[rows] / self.scale[rows] + 0.5 * grain) / self._n_learned[rows]
        known = self._block.variance[rows, day] / self.scale[rows] ** 2
        sampling_variance = np.where(grain > 0.0, grain * typical * seasonal, known)
        reach = covariance[:, :, LEVEL] + covariance[:, :, DEVIATION] + covariance[:, :, weekday]
        model_variance = reach[:, LEVEL] + reach[:, DEVIATION] + reach[:, weekday]
        variance = sampling_variance + model_variance
        residual = np.where(is_observed, values - expected, 0.0)
        limit = np.maximum(LARGEST_RESIDUAL * np.sqrt(variance), LARGEST_EVENTS * grain)
        cut = np.minimum(1.0, limit / np.maximum(np.abs(residual), _LEAST_SCALE))
        takes = is_observed & is_learning
        gain = np.where(takes[:, None], reach / variance[:, None] * cut[:, None], 0.0)
        self._mean[rows] = mean + gain * residual[:, None]
        self._covariance[rows] = covariance - gain[:, :, None] * reach[:, None, :]
        self._value_sum[rows] += np.where(takes, (expected + residual * cut) * self.scale[rows], 0.0)
        self._n_learned[rows] += takes
        self._relative[rows, day] = np.where(is_observed, values - self._mean[rows, weekday], np.nan)
        self._noise[rows, day] = np.where(grain > 0.0, sampling_variance / GRAIN_CAUTION, sampling_variance)
        self._epoch[rows, day] = self._first[rows]
        floor = 0.5 * grain / np.maximum(self._n_learned[rows], 1.0)
        level = np.maximum(mean[:, LEVEL], floor)
        return Innovation(
            residual, expected, level, grain, sampling_variance, model_variance, limit, gain, season, is_observed
        )

    def _pass_a_day(self, rows: IntArray) -> None:
        persistence = self.variation.persistence[rows]
        fresh = self.variation.std_dev[rows] ** 2 * (1.0 - persistence**2)
        self._mean[rows, DEVIATION] *= persistence
        self._covariance[rows, DEVIATION, :] *= persistence[:, None]
        self._covariance[rows, :, DEVIATION] *= persistence[:, None]
        self._covariance[rows, DEVIATION, DEVIATION] += fresh
