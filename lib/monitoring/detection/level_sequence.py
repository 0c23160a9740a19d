"""The confidence sequence of every stream's baseline, day by day."""

import numpy as np

from lib.monitoring.detection.confidence_sequence import EventSum, event_sum, level_limits
from lib.monitoring.detection.stream_block import FloatArray, IntArray, StreamBlock
from lib.monitoring.detection.watch import Watched


def baseline_limits(block: StreamBlock, watched: Watched, *, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper limit of the baseline, streams x days; NaN before the stream is watched.

    The sequence begins anew with every level; days of a change belong to none.
    """
    is_used = watched.is_learned & np.isfinite(block.usable)
    by_day = event_sum(
        np.where(is_used, block.usable, np.nan)[..., None],
        np.nan_to_num(watched.season)[..., None],
        grain=block.grain[..., None],
        variance=block.variance[..., None],
        level=_filled(watched.level),
        long_run_variance=_filled(watched.long_run_variance)[..., None],
    )
    sums = EventSum(
        _since_start(by_day.events, watched.epoch_start), _since_start(by_day.exposure, watched.epoch_start)
    )
    low, high = level_limits(sums, confidence=confidence)
    is_watched = np.isfinite(watched.level)
    return np.where(is_watched, low, np.nan), np.where(is_watched, high, np.nan)


def _filled(values: FloatArray) -> FloatArray:
    """The last known value of each row, before the first one the first, 0 without any."""
    is_known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(is_known, np.arange(values.shape[1]), -1), axis=1)
    first = np.argmax(is_known, axis=1)
    place = np.where(last >= 0, last, first[:, None])
    return np.nan_to_num(np.take_along_axis(values, place, axis=1))


def _since_start(by_day: FloatArray, epoch_start: IntArray) -> FloatArray:
    total = np.concatenate([np.zeros((len(by_day), 1)), np.cumsum(by_day, axis=1)], axis=1)
    since: FloatArray = total[:, 1:] - np.take_along_axis(total, epoch_start, axis=1)
    # a difference of sums of the same numbers may fall short of 0 by rounding
    return np.maximum(since, 0.0)
