"""Watches a block of streams day by day: what is expected, the evidence of change, and the episodes that it opens."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lib.monitoring.detection.change_evidence import ChangeEvidence, Evidence
from lib.monitoring.detection.error_budget import alarms, log_threshold
from lib.monitoring.detection.level_filter import Innovation, LevelFilter
from lib.monitoring.detection.return_evidence import ReturnEvidence
from lib.monitoring.detection.stream_block import DAYS_OF_A_WEEK, BoolArray, FloatArray, IntArray, StreamBlock
from schemas.contracts.monitoring_settings import MonitoringSettings

WARMING_UP, QUIET, CHANGED = 0, 1, 2
Outcome = Literal["returned", "new_level", "break"]


@dataclass
class Episode:
    """A change of one stream, from the day it raised an alarm; days are columns of the block.

    Attributes:
        stream: row of the block
        is_rise: rise or fall
        onset: day on which it seemed to have begun, when it was opened
        opened: day of the alarm
        log_evidence: of the alarm
        epoch_start: first day of the level that it departs from
        closed: day it ended; None while it lasts
        outcome: how it ended; None while it lasts

    """

    stream: int
    is_rise: bool
    onset: int
    opened: int
    log_evidence: float
    epoch_start: int
    closed: int | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen, streams x days, each day from that day and earlier ones alone.

    Attributes:
        expected: the expectation of the day, NaN while a stream warms up
        expected_sd: standard deviation of a value around it
        season: relative effect of the day of the week
        level: the baseline
        long_run_variance: of the healthy variation, relative
        log_rise: log evidence of a rise
        log_fall: log evidence of a fall
        phase: WARMING_UP, QUIET or CHANGED, at the end of the day
        epoch_start: first day of the level that the day belongs to
        is_learned: whether the day belongs to the baseline
        log_threshold: log evidence that one stream alone needs, one a stream
        episodes: changes, in the order of opening

    """

    expected: FloatArray
    expected_sd: FloatArray
    season: FloatArray
    level: FloatArray
    long_run_variance: FloatArray
    log_rise: FloatArray
    log_fall: FloatArray
    phase: IntArray
    epoch_start: IntArray
    is_learned: BoolArray
    log_threshold: FloatArray
    episodes: list[Episode]


def watch(block: StreamBlock, settings: MonitoringSettings) -> Watched:
    """Watch every day of the block in turn; nothing of a later day enters what is said of an earlier one."""
    watcher = _Watcher(block, settings)
    for day in range(block.n_days):
        watcher.add_day(day)
    return watcher.watched


class _Watcher:
    """The state between two days; `watched` fills up."""

    def __init__(self, block: StreamBlock, settings: MonitoringSettings) -> None:
        shape, n = block.values.shape, block.n_streams
        self._block, self._settings = block, settings
        self._is_value = np.isfinite(block.usable)
        self._is_count = np.asarray((block.grain > 0.0).any(axis=1))
        self._filter = LevelFilter(block)
        self._evidence = ChangeEvidence(block.minimum_effect, settings)
        self._return = ReturnEvidence(n)
        self._phase = np.full(n, WARMING_UP)
        self._n_values, self._n_needed = np.zeros(n), np.full(n, settings.warm_up_days)
        self._epoch_start = np.zeros(n, dtype=np.int64)
        self._open: dict[int, Episode] = {}
        self._budget = {
            "false_discovery_rate": settings.false_discovery_rate,
            "patience_days": settings.patience_days,
        }
        empty = {name: np.full(shape, np.nan) for name in ("expected", "expected_sd", "season", "level")}
        self.watched = Watched(
            **empty,
            long_run_variance=np.full(shape, np.nan),
            log_rise=np.full(shape, -np.inf),
            log_fall=np.full(shape, -np.inf),
            phase=np.full(shape, WARMING_UP),
            epoch_start=np.zeros(shape, dtype=np.int64),
            is_learned=np.ones(shape, dtype=bool),
            log_threshold=log_threshold(block.budget_share, **self._budget),
            episodes=[],
        )

    def add_day(self, day: int) -> None:
        """Take in one day of all streams."""
        self._break_off(day)
        if day % DAYS_OF_A_WEEK == 0:
            self._filter.refit_variation(day, is_learned=self.watched.is_learned)
        self._n_values += self._is_value[:, day]
        self._begin(day)
        rows = np.flatnonzero(self._phase != WARMING_UP)
        if rows.size:
            is_quiet = self._phase[rows] == QUIET
            news = self._filter.step(rows, day, is_learning=is_quiet)
            self._note(rows, day, news)
            self._look_for_returns(day, rows, news)
            self._look_for_changes(day, rows, news)
        self._settle(day)
        self.watched.phase[:, day] = self._phase
        self.watched.epoch_start[:, day] = self._epoch_start
        self.watched.is_learned[:, day] = self._phase != CHANGED

    def _break_off(self, day: int) -> None:
        rows = np.flatnonzero(self._block.is_break[:, day])
        for row in rows:
            self._close(int(row), day, "break")
        started = rows[self._phase[rows] != WARMING_UP]
        self._filter.keep_season(started)
        self._n_needed[started] = self._settings.restart_days
        self._phase[rows] = WARMING_UP
        self._epoch_start[rows], self._n_values[rows] = day, 0.0

    def _begin(self, day: int) -> None:
        """Start the streams that have enough values, from the days before this one."""
        rows = np.flatnonzero((self._phase == WARMING_UP) & (self._n_values >= self._n_needed))
        if rows.size:
            self._start(rows, day - 1)
            self._phase[rows] = QUIET

    def _start(self, rows: IntArray, last: int) -> None:
        self._filter.start(rows, self._epoch_start[rows], last, is_learned=self.watched.is_learned)
        self._evidence.clear(rows)

    def _note(self, rows: IntArray, day: int, news: Innovation) -> None:
        scale, watched = self._filter.scale[rows], self.watched
        watched.expected[rows, day] = news.expected * scale
        watched.expected_sd[rows, day] = np.sqrt(news.sampling_variance + news.model_variance) * scale
        watched.season[rows, day] = news.season
        watched.level[rows, day] = news.level * scale
        watched.long_run_variance[rows, day] = self._filter.variation.long_run_variance[rows]

    def _look_for_returns(self, day: int, rows: IntArray, news: Innovation) -> None:
        is_changed = self._phase[rows] == CHANGED
        changed = rows[is_changed]
        if not changed.size:
            return
        back = self._return.add_day(changed, news.of(is_changed), self._filter.variation.long_run_variance[changed])
        for row in changed[back]:
            self._close(int(row), day, "returned")
            self._phase[row] = QUIET
        self._filter.rest(changed[back])
        self._evidence.clear(changed[back])

    def _look_for_changes(self, day: int, rows: IntArray, news: Innovation) -> None:
        is_watched = self._phase == QUIET
        n = self._block.n_streams
        self._evidence.add_day(
            day,
            self._block.weekday(day),
            news.spread(rows, n),
            self._filter.variation.persistence,
            is_watched=is_watched,
        )
        found = self._evidence.as_of(day, is_count=self._is_count)
        self.watched.log_rise[:, day] = np.where(is_watched, found.log_rise, -np.inf)
        self.watched.log_fall[:, day] = np.where(is_watched, found.log_fall, -np.inf)
        total = np.logaddexp(self.watched.log_rise[:, day], self.watched.log_fall[:, day])
        for row in np.flatnonzero(alarms(total, self._block.budget_share, **self._budget)):
            self._open_episode(int(row), day, found, float(total[row]))

    def _open_episode(self, row: int, day: int, found: Evidence, log_evidence: float) -> None:
        is_rise = bool(found.log_rise[row] >= found.log_fall[row])
        onset = int((found.rise_onset if is_rise else found.fall_onset)[row])
        episode = Episode(row, is_rise, onset, day, log_evidence, int(self._epoch_start[row]))
        self.watched.episodes.append(episode)
        self._open[row] = episode
        self._phase[row] = CHANGED
        # The days since the onset are not the baseline's: learn it anew without them.
        self.watched.is_learned[row, onset : day + 1] = False
        only = np.array([row])
        self._start(only, day)
        season = self.watched.season[row, onset : day + 1]
        values = self._block.usable[row, onset : day + 1] / self._filter.scale[row] - season
        self._return.begin(only, np.nansum(values), np.isfinite(values).sum())

    def _settle(self, day: int) -> None:
        """What has stayed for long is the new level."""
        for row, episode in list(self._open.items()):
            first = day - self._settings.settle_days + 1
            if episode.opened < first and self._is_value[row, first : day + 1].sum() >= self._settings.restart_days:
                self._close(row, day, "new_level")
                only = np.array([row])
                self.watched.is_learned[row, first : day + 1] = True
                self._epoch_start[row] = first
                self._filter.keep_season(only)
                self._start(only, day)
                self._phase[row] = QUIET

    def _close(self, row: int, day: int, outcome: Outcome) -> None:
        episode = self._open.pop(row, None)
        if episode is not None:
            episode.closed, episode.outcome = day, outcome
