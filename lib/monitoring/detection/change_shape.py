"""Whether a change came from one day to the next or little by little."""

import numpy as np

from lib.monitoring.detection.change_evidence import RAMP_DAYS
from lib.monitoring.detection.confidence_sequence import EventSum
from lib.monitoring.detection.stream_block import BoolArray, FloatArray

# Log likelihood by which a ramp must be better than a step: odds of about seven to one.
MARGIN = 2.0
LONGEST_DAYS = 120
_SLOPES = np.concatenate([-np.linspace(0.05, 0.95, 19), np.geomspace(0.05, 20.0, 25)])


def profile(events: float, exposure: float) -> float:
    """Return the quasi-Poisson log likelihood of N events at the best level N/L, up to a constant."""
    return float(events * (np.log(events / exposure) - 1.0)) if events > 0.0 and exposure > 0.0 else 0.0


def is_gradual(by_day: EventSum, is_used: BoolArray, *, step: int, latest: int) -> bool:
    """Compare the best step with the best ramp, which rises or falls for `RAMP_DAYS` days and stays.

    The level before is that of the days before the beginning; the size of either, and the beginning of the ramp, are
    chosen to fit. Two levels fit a few days as well as any ramp does, so in doubt it is a step.

    Args:
        by_day: events and exposure of the days
        is_used: whether a day counts
        step: the likeliest first day of a new level
        latest: the latest day on which a ramp may begin

    Returns:
        whether it is a ramp

    """
    first = max(1, step - LONGEST_DAYS)
    events, exposure = by_day.events, by_day.exposure
    of_step = _two_levels(events, exposure, step)
    days = np.arange(events.size)
    best = -np.inf
    for begin in range(first, latest + 1):
        before = events[:begin].sum(), exposure[:begin].sum()
        if not (before[0] > 0.0 and is_used[:begin].any()):
            continue
        level = before[0] / before[1]
        height = np.clip((days[begin:] - begin + 1.0) / RAMP_DAYS, 0.0, 1.0)
        expected = level * (1.0 + _SLOPES[:, None] * height)
        after: FloatArray = (events[begin:] * np.log(expected) - expected * exposure[begin:]).sum(axis=1)
        best = max(best, profile(*before) + float(after.max()))
    return best > of_step + MARGIN


def _two_levels(events: FloatArray, exposure: FloatArray, step: int) -> float:
    parts = (slice(0, step), slice(step, None))
    return sum(profile(float(events[part].sum()), float(exposure[part].sum())) for part in parts)
