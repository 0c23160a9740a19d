"""How much of a rate one event stands for, from the standard errors of the days."""

import numpy as np

from lib.monitoring.detection.stream_block import FloatArray

HALF_LIFE_DAYS = 14.0
# Events that a day must rest on before its own standard error counts as much as those of the days before.
PRIOR_EVENTS = 10.0


def pooled_grain(
    values: FloatArray, std_errors: FloatArray, n_events: FloatArray, *, fallback: FloatArray
) -> FloatArray:
    """Return c_t, the variance of each day's estimate per unit of the true rate: V(R̂_t) = c_t·R_t.

    An estimated variance is large when the estimate is: a day with few violations has a small standard error by
    chance, and weighted by it low days would count most. So the variance per unit of rate is pooled over days,
    Σ se²/Σ R̂ with a half-life of a fortnight, and the day's own se²/R̂ is mixed in by the number of its events. A day
    without violations adds to neither sum.

    Args:
        values: R̂, streams x days, NaN where there is none
        std_errors: their standard errors, the same shape
        n_events: violations behind each estimate
        fallback: weight of one event, for days before the first violation

    Returns:
        c, streams x days, > 0; days before a stream's first violation have that of the first day that knows it

    """
    n_streams, n_days = values.shape
    decay = 0.5 ** (1.0 / HALF_LIFE_DAYS)
    is_known = np.isfinite(values) & np.isfinite(std_errors)
    rate = np.where(is_known, values, 0.0)
    variance = np.where(is_known, std_errors, 0.0) ** 2
    grain = np.full((n_streams, n_days), np.nan)
    rate_sum, variance_sum = np.zeros(n_streams), np.zeros(n_streams)
    for day in range(n_days):
        rate_sum = np.where(is_known[:, day], decay * rate_sum + rate[:, day], rate_sum)
        variance_sum = np.where(is_known[:, day], decay * variance_sum + variance[:, day], variance_sum)
        has_events = (rate_sum > 0.0) & (variance_sum > 0.0)
        pooled = np.divide(variance_sum, rate_sum, out=np.full(n_streams, np.nan), where=has_events)
        is_own = (rate[:, day] > 0.0) & (variance[:, day] > 0.0)
        own = np.divide(variance[:, day], rate[:, day], out=np.zeros(n_streams), where=is_own)
        weight = np.where(is_own, n_events[:, day], 0.0)
        grain[:, day] = (PRIOR_EVENTS * pooled + weight * own) / (PRIOR_EVENTS + weight)
    return _filled_backwards(grain, fallback)


def events_of(values: FloatArray, std_errors: FloatArray) -> FloatArray:
    """Return R̂²/se², the number of equal events that would have this relative error; 0 without a standard error."""
    is_known = np.isfinite(values) & (std_errors > 0.0)
    return np.divide(values**2, std_errors**2, out=np.zeros_like(values), where=is_known)


def _filled_backwards(grain: FloatArray, fallback: FloatArray) -> FloatArray:
    filled = grain.copy()
    for row, given in zip(filled, fallback, strict=True):
        known = np.flatnonzero(np.isfinite(row))
        if known.size:
            row[: known[0]] = row[known[0]]
        else:
            # no violation yet: the largest weight that any day's interval allows for
            finite = given[np.isfinite(given)]
            row[:] = finite.max(initial=0.0)
    return filled
