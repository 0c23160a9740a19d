"""A whole platform: every policy's headline and segments under one error budget, as the job watches them."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.random import Generator

from lib.monitoring.detection.stream_block import FloatArray
from lib.monitoring.detection.watch import watch
from schemas.contracts.monitoring_settings import MonitoringSettings
from scripts.monitoring_audit.simulated_series import TYPICAL, Simulated, simulated

N_POLICIES, N_SEGMENTS = 8, 12
N_DAYS, CHANGED_AT, WARM_UP = 365, 240, 28
# One policy of eight rises by half, everywhere.
RISE = 1.5
# Segments that make headline streams with a standard error of 10 %.
_SEGMENT = replace(TYPICAL, relative_error=TYPICAL.relative_error * N_SEGMENTS**0.5)


def platform_cell(*, is_changed: bool, random: Generator) -> dict[str, Any]:
    """One platform for a year: how many alarms were raised, how many of them on streams on which nothing happened."""
    series = simulated_platform(random, is_changed=is_changed)
    settings = MonitoringSettings()
    shares = settings.budget_shares
    n_parts = N_POLICIES * N_SEGMENTS
    budget = np.r_[np.full(N_POLICIES, shares["headline"] / N_POLICIES), np.full(n_parts, shares["segment"] / n_parts)]
    episodes = watch(series.block(budget_share=budget, settings=settings), settings).episodes
    risen = _of_first_policy() if is_changed else np.zeros(N_POLICIES + n_parts, dtype=bool)
    true = [e for e in episodes if risen[e.stream] and e.is_rise and e.opened >= CHANGED_AT]
    delays = [e.opened - CHANGED_AT + 1 for e in true]
    return {
        "is_changed": is_changed,
        "n_alarms": len(episodes),
        "n_false": len(episodes) - len(true),
        "first_delay": min(delays, default=None),
        "years": (N_DAYS - WARM_UP) / 365.0,
    }


def simulated_platform(random: Generator, *, is_changed: bool) -> Simulated:
    """Headlines first, then the segments of each policy, of which they are the mean; a policy's segments vary alike."""
    n_parts = N_POLICIES * N_SEGMENTS

    def common(size: tuple[int, int], source: Generator) -> FloatArray:
        deviation = np.zeros((N_POLICIES, size[1]))
        for day in range(1, size[1]):
            fresh = source.standard_normal(N_POLICIES)
            deviation[:, day] = TYPICAL.persistence * deviation[:, day - 1] + 0.03 * fresh
        factor = np.repeat(np.exp(deviation), N_SEGMENTS, axis=0)
        if is_changed:
            factor[:N_SEGMENTS, CHANGED_AT:] *= RISE
        return factor

    parts = simulated(replace(_SEGMENT, factor=common, missing=0.0), n_parts, N_DAYS, random)
    of_policy = N_POLICIES, N_SEGMENTS, N_DAYS
    whole = Simulated(
        parts.values.reshape(of_policy).mean(axis=1),
        np.sqrt((parts.std_errors.reshape(of_policy) ** 2).sum(axis=1)) / N_SEGMENTS,
        parts.n_events.reshape(of_policy).sum(axis=1),
    )
    return Simulated(
        np.vstack([whole.values, parts.values]),
        np.vstack([whole.std_errors, parts.std_errors]),
        np.vstack([whole.n_events, parts.n_events]),
    )


def _of_first_policy() -> np.ndarray[Any, np.dtype[np.bool_]]:
    is_first = np.zeros(N_POLICIES + N_POLICIES * N_SEGMENTS, dtype=bool)
    is_first[0] = True
    is_first[N_POLICIES : N_POLICIES + N_SEGMENTS] = True
    return is_first
