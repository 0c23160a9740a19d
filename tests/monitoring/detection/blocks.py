"""Blocks of series for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from lib.monitoring.detection.stream_block import FloatArray, StreamBlock
from lib.monitoring.detection.watch import Watched, watch
from schemas.contracts.monitoring_settings import MonitoringSettings

MONDAY = date(2026, 1, 5)
# Deviations of healthy days, in standard errors; they sum to 0.
WAVE = (0.0, 0.6, -0.8, 1.0, -0.4, 0.2, -0.6, 0.8, -1.0, 0.4, -0.2)
RATE, ERROR = 0.05, 0.004


def wave(n_days: int, *, phase: int = 0) -> FloatArray:
    """A healthy series without chance."""
    return RATE + ERROR * np.array([WAVE[(day + phase) % len(WAVE)] for day in range(n_days)])


def count_block(rows: Sequence[FloatArray], *, share: float = 0.05, **changed: Any) -> StreamBlock:
    """A block of rates whose standard error is `ERROR` at `RATE`, with fields replaced by `changed`."""
    values = np.array(rows)
    n = len(values)
    block = StreamBlock(
        first_ds=MONDAY,
        values=values,
        std_errors=np.sqrt(values * ERROR**2 / RATE),
        grain=np.full(values.shape, ERROR**2 / RATE),
        variance=np.zeros(values.shape),
        is_break=np.zeros(values.shape, dtype=bool),
        is_excluded=np.zeros(values.shape, dtype=bool),
        minimum_effect=np.full(n, 0.15),
        typical_variation=np.full(n, 0.05),
        budget_share=np.full(n, share),
        group=np.zeros(n, dtype=np.int64),
    )
    return replace(block, **changed)


def watched(block: StreamBlock, **settings: Any) -> Watched:
    """Watch a block with the default settings but for `settings`."""
    return watch(block, MonitoringSettings(**settings))
