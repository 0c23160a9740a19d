"""Evidence that a stream that had changed is back at its old level: the other half of the hysteresis."""

import numpy as np

from lib.monitoring.detection.level_filter import Innovation
from lib.monitoring.detection.likelihood_factor import log_factor
from lib.monitoring.detection.stream_block import BoolArray, FloatArray, IntArray

# Odds at which a stream counts as back: looked at every day of a month, one incident in a hundred closes too soon.
LOG_ODDS = float(np.log(1_000.0))
MINIMUM_DAYS = 3
_LEAST = 1e-300


class ReturnEvidence:
    """A CUSUM (Page 1954) per stream of the old level against the one since the change.

    Opening asks for evidence that the rate has left the old level, closing for evidence that it has come back to it:
    a rate that hovers in between does neither, so one incident does not open and close again and again. The healthy
    deviation enters with its long-run variance, because a low week may be a passing one.
    """

    def __init__(self, n_streams: int) -> None:
        self._changed_sum, self._n_changed = np.zeros(n_streams), np.zeros(n_streams)
        self._pending_sum, self._n_pending = np.zeros(n_streams), np.zeros(n_streams, dtype=np.int64)
        self._log_odds = np.zeros(n_streams)

    def begin(self, rows: IntArray, value_sum: FloatArray, n_values: FloatArray) -> None:
        """Start for `rows` with the sum and number of their values since the change, relative to the scale."""
        self._changed_sum[rows], self._n_changed[rows] = value_sum, n_values
        self._pending_sum[rows], self._n_pending[rows], self._log_odds[rows] = 0.0, 0, 0.0

    def add_day(self, rows: IntArray, news: Innovation, long_run_variance: FloatArray) -> BoolArray:
        """Add a day of `rows`, which `news` is about; returns whether each is back."""
        changed = self._changed_sum[rows] / np.maximum(self._n_changed[rows], 1.0)
        changed = np.maximum(changed, 0.5 * news.grain / np.maximum(self._n_changed[rows], 1.0))
        ratio = changed / np.maximum(news.level, _LEAST)
        value = news.expected + news.residual - news.season
        factor = log_factor(
            np.where(news.is_observed, value - changed, 0.0),
            np.where(news.is_observed, news.level - changed, 0.0),
            grain=news.grain,
            sampling_variance=np.where(news.grain > 0.0, news.sampling_variance * ratio, news.sampling_variance),
            model_variance=long_run_variance * changed**2 + _LEAST,
        )
        grown = np.maximum(0.0, self._log_odds[rows] + factor)
        pending = self._pending_sum[rows] + np.where(news.is_observed, value, 0.0)
        n_pending = self._n_pending[rows] + news.is_observed
        # days that may belong to the old level say what the changed one is once they turn out not to
        is_still = grown <= 0.0
        self._changed_sum[rows] += np.where(is_still, pending, 0.0)
        self._n_changed[rows] += np.where(is_still, n_pending, 0)
        self._pending_sum[rows] = np.where(is_still, 0.0, pending)
        self._n_pending[rows] = np.where(is_still, 0, n_pending)
        self._log_odds[rows] = grown
        back: BoolArray = (grown >= LOG_ODDS) & (self._n_pending[rows] >= MINIMUM_DAYS)
        return back
