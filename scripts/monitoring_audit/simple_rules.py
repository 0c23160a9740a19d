"""Rules that monitoring is compared with: what a daily report and a textbook control chart would do."""

from collections.abc import Callable, Mapping

import numpy as np

from lib.monitoring.detection.stream_block import BoolArray, FloatArray
from scripts.monitoring_audit.simulated_series import Simulated

HISTORY_DAYS = 28
Rule = Callable[[FloatArray], BoolArray]


def alarms_of(rule: Rule, series: Simulated) -> BoolArray:
    """Days on which a rule raises an alarm, from values standardised by the mean of the four weeks before them."""
    return rule(_standardised(series))


def fresh_interval(z: FloatArray) -> BoolArray:
    """A new 95 % interval each morning that leaves out the old mean; days in a row are one alarm."""
    is_outside = np.abs(z) > 1.96
    begun = is_outside.copy()
    begun[:, 1:] &= ~is_outside[:, :-1]
    return begun


def cusum(z: FloatArray) -> BoolArray:
    """Two-sided CUSUM (Page 1954) with k = 0.5 and h = 5: one false alarm in 465 days if all its assumptions hold."""
    high, low = np.zeros(len(z)), np.zeros(len(z))
    raised = np.zeros(z.shape, dtype=bool)
    for day in range(z.shape[1]):
        high, low = np.maximum(0.0, high + z[:, day] - 0.5), np.maximum(0.0, low - z[:, day] - 0.5)
        raised[:, day] = (high > 5.0) | (low > 5.0)
        high, low = (np.where(raised[:, day], 0.0, side) for side in (high, low))
    return raised


def ewma(z: FloatArray) -> BoolArray:
    """EWMA (Roberts 1959) with λ = 0.2 and L = 2.86: one false alarm in about 370 days if all its assumptions hold."""
    level = np.zeros(len(z))
    raised = np.zeros(z.shape, dtype=bool)
    limit = 2.86 * np.sqrt(0.2 / 1.8)
    for day in range(z.shape[1]):
        level = 0.8 * level + 0.2 * z[:, day]
        raised[:, day] = np.abs(level) > limit
        level = np.where(raised[:, day], 0.0, level)
    return raised


RULES: Mapping[str, Rule] = {"fresh 95 % interval": fresh_interval, "CUSUM": cusum, "EWMA": ewma}


def _standardised(series: Simulated) -> FloatArray:
    """(value - mean before) / √(se² + se²/n); 0 in the first weeks and on days without number or error."""
    values, errors = series.values, series.std_errors
    z = np.zeros(values.shape)
    for day in range(HISTORY_DAYS, values.shape[1]):
        before = values[:, day - HISTORY_DAYS : day]
        n = np.isfinite(before).sum(axis=1)
        mean = np.nansum(before, axis=1) / np.maximum(n, 1)
        spread = errors[:, day] * np.sqrt(1.0 + 1.0 / np.maximum(n, 1))
        is_usable = np.isfinite(values[:, day]) & (spread > 0.0) & (n > 0)
        z[:, day] = np.divide(values[:, day] - mean, spread, out=np.zeros(len(values)), where=is_usable)
    return z
