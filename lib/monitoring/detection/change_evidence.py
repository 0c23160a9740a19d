"""Evidence that a stream has changed, for every day on which the change may have begun: an e-detector."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.monitoring.detection.level_filter import DEVIATION, FIRST_WEEKDAY, LEVEL, N_STATES, Innovation
from lib.monitoring.detection.likelihood_factor import log_factor
from lib.monitoring.detection.stream_block import DAYS_OF_A_WEEK, BoolArray, FloatArray, IntArray
from schemas.contracts.monitoring_settings import MonitoringSettings

# Every day of the last four weeks is a candidate for the beginning, then one day a week for three months more.
N_DAILY, N_WEEKLY = 28, 13
RAMP_DAYS = 28
N_RAMPS = N_DAILY // DAYS_OF_A_WEEK + N_WEEKLY
N_CANDIDATES = N_DAILY + N_WEEKLY + N_RAMPS
# Relative changes that are looked for, in minimum effects; a fall is by the inverse factor.
EFFECT_MULTIPLES = np.array([3.0, 5.0, 10.0, 20.0, 50.0, 200.0]) / 3.0
N_EFFECTS = len(EFFECT_MULTIPLES)
_STEPS, _OLDER, _RAMPS = slice(0, N_DAILY), slice(N_DAILY, N_DAILY + N_WEEKLY), slice(N_DAILY + N_WEEKLY, None)
_RISES, _FALLS = slice(0, N_EFFECTS), slice(N_EFFECTS, 2 * N_EFFECTS)
_NEVER = -1


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence of a rise and of a fall as of a day, one entry a stream.

    Attributes:
        log_rise: logarithm of the e-detector against no change, for rises by more than the minimum effect
        log_fall: the same for falls
        rise_onset: day on which the likeliest rise began, -1 without any
        fall_onset: the same of the fall

    """

    log_rise: FloatArray
    log_fall: FloatArray
    rise_onset: IntArray
    fall_onset: IntArray


class ChangeEvidence:
    """One likelihood ratio per stream, candidate beginning j and size of change, each against no change.

    A candidate is a step, or a ramp that rises for `RAMP_DAYS` and stays. Its signature, what it would add to the
    residual of each day, is what the filter makes of it: the filter is linear, so it is run on the step itself. With
    the level unknown beforehand this is the likelihood ratio of the contrasts that do not depend on the level, an
    e-process for every level (Pérez-Ortiz et al. 2024). The sum over beginnings is the Shiryaev-Roberts e-detector of
    Shin, Ramdas & Rinaldo (2023): on a healthy stream E(M_t) <= t, so the mean time to M_t >= A is at least A days.
    Sizes and shapes are mixed with fixed weights, and older beginnings are thinned out, both of which keep the bound.
    """

    def __init__(self, minimum_effect: FloatArray, settings: MonitoringSettings) -> None:
        n = minimum_effect.shape[0]
        rises = minimum_effect[:, None] * EFFECT_MULTIPLES
        self._effects = np.concatenate([rises, 1.0 / (1.0 + rises) - 1.0], axis=1)
        self._minimum_effect = minimum_effect
        self._settings = settings
        self._z = float(stats.norm.ppf(settings.effect_confidence))
        self._start = np.full(N_CANDIDATES, _NEVER, dtype=np.int64)
        self._is_active = np.zeros((n, N_CANDIDATES), dtype=bool)
        self._signature = np.zeros((n, N_CANDIDATES, N_STATES))
        self._log_ratio = np.zeros((n, N_CANDIDATES, 2 * N_EFFECTS))
        self._score, self._information = np.zeros((n, N_CANDIDATES)), np.zeros((n, N_CANDIDATES))
        self._n_values = np.zeros((n, N_CANDIDATES), dtype=np.int64)
        # half the weight on steps, one a day, half on ramps, one a week
        self._log_weight = np.full(N_CANDIDATES, -np.log(2.0))
        self._log_weight[_RAMPS] += np.log(DAYS_OF_A_WEEK)

    def clear(self, rows: IntArray) -> None:
        """Forget all evidence of `rows`; candidates begin anew with the next day."""
        self._is_active[rows] = False

    def add_day(
        self, day: int, weekday: int, news: Innovation, persistence: FloatArray, *, is_watched: BoolArray
    ) -> None:
        """Add what `day` says on every candidate; `news` has one entry a stream, those not watched are passed over."""
        self._signature[:, :, DEVIATION] *= persistence[:, None]
        self._open_candidates(day, is_watched)
        state = self._signature
        absorbed = state[:, :, LEVEL] + state[:, :, DEVIATION] + state[:, :, FIRST_WEEKDAY + weekday]
        takes = (is_watched & news.is_observed)[:, None] & self._is_active
        unit = np.where(takes, np.maximum(self._shape(day)[None, :] - absorbed, 0.0), 0.0)
        shift = unit * news.level[:, None]
        self._add_ratios(shift, news)
        variance = news.sampling_variance + news.model_variance
        precision = np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0.0)
        self._score += shift * (news.residual * precision)[:, None]
        self._information += shift**2 * precision[:, None]
        self._n_values += takes
        self._signature += news.gain[:, None, :] * unit[:, :, None]

    def as_of(self, day: int, *, is_count: BoolArray) -> Evidence:
        """The evidence with `day` included; `is_count` says of which streams the variance grows with the rate."""
        size = np.divide(self._score, self._information, out=np.zeros_like(self._score), where=self._information > 0.0)
        # of a ramp what it has risen so far, not what it would come to
        size = size * self._shape(day)
        # without information the size is 0, which exceeds no limit
        inflation = np.where(is_count[:, None], np.maximum(1.0 + size, 0.2), 1.0)
        error = np.sqrt(
            np.divide(inflation, self._information, out=np.zeros_like(size), where=self._information > 0.0)
        ) * self._shape(day)
        low, high = size - self._z * error, size + self._z * error
        rules = self._settings
        is_large = (size >= rules.large_effect) | (size <= 1.0 / (1.0 + rules.large_effect) - 1.0)
        n_needed = np.where(is_large, rules.minimum_days_large, rules.minimum_days)
        is_counted = np.logical_and(self._is_active, self._n_values >= n_needed)
        is_counted[:, _OLDER] &= day - self._start[_OLDER] >= N_DAILY
        limit = self._minimum_effect[:, None]
        rises = self._summed(_RISES, is_counted & (low > limit))
        falls = self._summed(_FALLS, is_counted & (high < 1.0 / (1.0 + limit) - 1.0))
        return Evidence(rises[0], falls[0], rises[1], falls[1])

    def _summed(self, effects: slice, is_counted: BoolArray) -> tuple[FloatArray, IntArray]:
        by_candidate = np.logaddexp.reduce(self._log_ratio[:, :, effects], axis=2) - np.log(2.0 * N_EFFECTS)
        terms = np.where(is_counted, by_candidate + self._log_weight, -np.inf)
        likeliest = np.argmax(terms, axis=1)
        has_any = np.asarray(is_counted.any(axis=1))
        total = np.logaddexp.reduce(terms, axis=1)
        return total, np.where(has_any, self._start[likeliest], _NEVER)

    def _open_candidates(self, day: int, is_watched: BoolArray) -> None:
        opened = [day % N_DAILY]
        if day % DAYS_OF_A_WEEK == 0:
            week = day // DAYS_OF_A_WEEK
            opened += [N_DAILY + week % N_WEEKLY, N_DAILY + N_WEEKLY + week % N_RAMPS]
        for candidate in opened:
            self._start[candidate] = day
            self._is_active[:, candidate] = is_watched
            self._signature[:, candidate] = self._log_ratio[:, candidate] = 0.0
            self._score[:, candidate] = self._information[:, candidate] = 0.0
            self._n_values[:, candidate] = 0

    def _shape(self, day: int) -> FloatArray:
        shape = np.ones(N_CANDIDATES)
        shape[_RAMPS] = np.minimum(1.0, (day - self._start[_RAMPS] + 1.0) / RAMP_DAYS)
        return shape

    def _add_ratios(self, shift: FloatArray, news: Innovation) -> None:
        residual, limit = news.residual[:, None, None], news.limit[:, None, None]
        parts = {
            "grain": news.grain[:, None, None],
            "sampling_variance": news.sampling_variance[:, None, None],
            "model_variance": news.model_variance[:, None, None],
        }
        for effects, deviation in ((_RISES, np.minimum(residual, limit)), (_FALLS, np.maximum(residual, -limit))):
            wanted = shift[:, :, None] * self._effects[:, None, effects]
            self._log_ratio[:, :, effects] += log_factor(deviation, wanted, **parts)
