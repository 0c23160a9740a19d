"""The figures of one change: the level before and after with intervals, their ratio, and when it began."""

import math
from dataclasses import dataclass

import numpy as np

from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.ratio import ratio_between
from lib.monitoring.detection.change_shape import is_gradual, profile
from lib.monitoring.detection.confidence_sequence import EventSum, event_sum, level_limits
from lib.monitoring.detection.stream_block import BoolArray, FloatArray, StreamBlock
from lib.monitoring.detection.watch import Episode, Watched

LOOKBACK_DAYS = 90
MINIMUM_DAYS_BEFORE = 7


@dataclass(frozen=True)
class ChangeFigures:
    """A change of one stream; days are columns of the block.

    Attributes:
        before: level before with its limits, which hold on all days together
        after: level since the onset, with such limits
        ratio: after/before; None if before is 0
        ratio_low: lower limit
        ratio_high: upper limit; None if there is none
        is_gradual: whether a ramp of four weeks explains it surely better than a step does
        onset: likeliest first day of the new level
        onset_earliest: lower limit of the onset
        onset_latest: upper limit
        n_days_before: days with a value before
        n_days_after: days with a value since

    """

    before: RateEstimate
    after: RateEstimate
    ratio: float | None
    ratio_low: float
    ratio_high: float | None
    is_gradual: bool
    onset: int
    onset_earliest: int
    onset_latest: int
    n_days_before: int
    n_days_after: int


def change_figures(
    block: StreamBlock, watched: Watched, episode: Episode, *, last: int, confidence: float
) -> ChangeFigures:
    """Return the figures of an episode from the days up to `last`, or up to its end.

    The onset j has a flat prior over the days that may be it, and the quasi-Poisson likelihood with both levels at
    their best, Σ N·log(N/L) over before and after (events N, exposure L as in `event_sum`), so that
    over-dispersion and healthy variation widen it; its limits are quantiles of that posterior.
    """
    row, end = episode.stream, last if episode.closed is None else min(last, episode.closed)
    first = max(episode.epoch_start, episode.opened - 4 * LOOKBACK_DAYS)
    values = block.usable[row, first : end + 1]
    is_baseline = np.arange(first, end + 1) >= episode.onset
    is_used = np.isfinite(values) & (watched.is_learned[row, first : end + 1] | is_baseline)
    by_day = _by_day(block, watched, episode, slice(first, end + 1), is_used)
    opened = episode.opened - first
    chances = _onset_chances(by_day, is_used, opened=opened, assumed=episode.onset - first)
    onset = int(np.argmax(chances))
    tail = (1.0 - confidence) / 2.0
    earliest, latest = (int(np.searchsorted(np.cumsum(chances), share)) for share in (tail, 1.0 - tail))
    before, after = (
        _level(by_day, span, confidence=confidence) for span in (slice(0, onset), slice(onset, end + 1 - first))
    )
    ratio = ratio_between(after, before)
    return ChangeFigures(
        before=before,
        after=after,
        ratio=ratio.ratio,
        ratio_low=ratio.low,
        ratio_high=ratio.high if math.isfinite(ratio.high) else None,
        is_gradual=is_gradual(by_day, is_used, step=onset, latest=opened),
        onset=first + onset,
        onset_earliest=first + min(earliest, onset),
        onset_latest=first + max(min(latest, opened), onset),
        n_days_before=int(is_used[:onset].sum()),
        n_days_after=int(is_used[onset:].sum()),
    )


def _by_day(block: StreamBlock, watched: Watched, episode: Episode, span: slice, is_used: BoolArray) -> EventSum:
    row = episode.stream
    n_days = is_used.size
    return event_sum(
        np.where(is_used, block.usable[row, span], np.nan)[:, None],
        np.nan_to_num(watched.season[row, span])[:, None],
        grain=block.grain[row, span][:, None],
        variance=block.variance[row, span][:, None],
        level=np.full(n_days, watched.level[row, episode.opened]),
        long_run_variance=np.full((n_days, 1), watched.long_run_variance[row, episode.opened]),
    )


def _onset_chances(by_day: EventSum, is_used: BoolArray, *, opened: int, assumed: int) -> FloatArray:
    """Posterior of the first day of the new level, one entry a day up to `opened`; `assumed` if nothing can tell."""
    events, exposure = np.cumsum(by_day.events), np.cumsum(by_day.exposure)
    n_used = np.cumsum(is_used)
    log_likelihood = np.full(opened + 1, -np.inf)
    for day in range(max(1, opened - LOOKBACK_DAYS), opened + 1):
        is_possible = n_used[day - 1] >= MINIMUM_DAYS_BEFORE and n_used[-1] > n_used[day - 1]
        if is_possible:
            before = profile(events[day - 1], exposure[day - 1])
            after = profile(events[-1] - events[day - 1], exposure[-1] - exposure[day - 1])
            log_likelihood[day] = before + after
    if not np.isfinite(log_likelihood).any():
        log_likelihood[assumed] = 0.0
    weights = np.exp(log_likelihood - log_likelihood.max())
    chances: FloatArray = weights / weights.sum()
    return chances


def _level(by_day: EventSum, span: slice, *, confidence: float) -> RateEstimate:
    sums = EventSum(by_day.events[span].sum(keepdims=True), by_day.exposure[span].sum(keepdims=True))
    low, high = level_limits(sums, confidence=confidence)
    level = float(sums.level[0])
    return RateEstimate(level, min(float(low[0]), level), max(float(high[0]), level))
