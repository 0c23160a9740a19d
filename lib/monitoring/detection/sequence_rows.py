"""The rows of monitoring_sequences."""

from datetime import date
from typing import Any

import numpy as np
from scipy import stats

from lib.estimation.intervals.gamma import gamma_quantile
from lib.monitoring.detection.level_sequence import baseline_limits
from lib.monitoring.detection.readings import StreamKey
from lib.monitoring.detection.stream_block import StreamBlock
from lib.monitoring.detection.watch import CHANGED, QUIET, WARMING_UP, Watched

_HEALTHY_SHARE = 0.95
_PHASES = {WARMING_UP: "warming_up", QUIET: "watched", CHANGED: "changed"}


def sequence_rows(
    keys: list[StreamKey],
    block: StreamBlock,
    watched: Watched,
    *,
    first: date,
    confidence: float,
) -> list[dict[str, Any]]:
    """One record a stream and day from `first` to the block's last, with the columns up to baseline_start.

    A stream has no rows before its first value.
    """
    low, high = baseline_limits(block, watched, confidence=confidence)
    rows = []
    for row, key in enumerate(keys):
        known = np.flatnonzero(np.isfinite(block.values[row]))
        start = max(block.column(first), int(known[0]) if known.size else block.n_days)
        for column in range(start, block.n_days):
            place = (row, column)
            expected, spread = watched.expected[place], watched.expected_sd[place]
            is_count = bool(block.grain[place] > 0.0)
            expected_low, expected_high = _healthy_limits(expected, spread, is_count=is_count)
            rows.append(
                {"ds": block.day(column), **key._asdict()}
                | {
                    "value": _known(block.values[place]),
                    "std_error": _known(block.std_errors[place]),
                    "phase": "excluded" if block.is_excluded[place] else _PHASES[int(watched.phase[place])],
                    "expected": _known(np.maximum(0.0, expected)),
                    "expected_low": _known(expected_low),
                    "expected_high": _known(expected_high),
                    "level": _known(watched.level[place]),
                    "level_low": _known(low[place]),
                    "level_high": _known(high[place]),
                    "log_evidence_rise": _known(watched.log_rise[place]),
                    "log_evidence_fall": _known(watched.log_fall[place]),
                    "log_threshold": float(watched.log_threshold[row]),
                    "baseline_start": block.day(int(watched.epoch_start[place])),
                }
            )
    return rows


def _healthy_limits(expected: float, spread: float, *, is_count: bool) -> tuple[float, float]:
    """Limits of a healthy value of the day: a skewed count, or an average."""
    tail = (1.0 - _HEALTHY_SHARE) / 2.0
    if not np.isfinite(expected):
        return expected, expected
    if is_count and expected > 0.0:
        low, high = (gamma_quantile(share, expected, spread**2) for share in (tail, 1.0 - tail))
        return low, high
    reach = float(stats.norm.isf(tail)) * spread
    return max(0.0, expected - reach), max(0.0, expected + reach)


def _known(value: float) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None
