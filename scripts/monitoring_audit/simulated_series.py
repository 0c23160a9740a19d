"""Simulated daily estimates: healthy ones of many shapes, and changes laid over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.random import Generator

from lib.monitoring.detection.grain import pooled_grain
from lib.monitoring.detection.stream_block import DAYS_OF_A_WEEK, FloatArray, IntArray, StreamBlock
from schemas.contracts.monitoring_settings import MonitoringSettings

FIRST_DS = date(2026, 1, 5)
RATE = 0.005


@dataclass(frozen=True)
class Shape:
    """How healthy series look.

    Attributes:
        relative_error: mean standard error of a day / rate; above 1 most days have no violation
        variation: relative standard deviation of the true rate from day to day
        persistence: correlation of neighbouring days
        season: relative standard deviation of the days of the week
        unevenness: standard deviation of the logarithm of a violation's weight
        size_spread: standard deviation of the logarithm of a day's sample size
        outlier_share: share of days with a heavy-tailed error on top
        missing: share of days without a number
        factor: what the true rate is multiplied by: shape of the array and random numbers to factors
        second_error: relative error from the middle of the series on; None as before

    """

    relative_error: float = 0.1
    variation: float = 0.05
    persistence: float = 0.5
    season: float = 0.15
    unevenness: float = 0.6
    size_spread: float = 0.3
    outlier_share: float = 0.0
    missing: float = 0.02
    factor: Callable[[tuple[int, int], Generator], FloatArray] | None = None
    second_error: float | None = None


@dataclass(frozen=True)
class Simulated:
    """Estimates with standard errors and events, streams x days."""

    values: FloatArray
    std_errors: FloatArray
    n_events: FloatArray

    def block(self, *, budget_share: float | FloatArray, settings: MonitoringSettings) -> StreamBlock:
        """The block that is watched."""
        n, shape = len(self.values), self.values.shape
        one_event = np.full(shape, np.nan)
        return StreamBlock(
            first_ds=FIRST_DS,
            values=self.values,
            std_errors=self.std_errors,
            grain=pooled_grain(self.values, self.std_errors, self.n_events, fallback=one_event),
            variance=np.zeros(shape),
            is_break=np.zeros(shape, dtype=bool),
            is_excluded=np.zeros(shape, dtype=bool),
            minimum_effect=np.full(n, settings.minimum_effect["prevalence"]),
            typical_variation=np.full(n, settings.typical_variation["prevalence"]),
            budget_share=np.broadcast_to(np.asarray(budget_share, dtype=float), n).copy(),
            group=np.zeros(n, dtype=np.int64),
        )


def simulated(
    shape: Shape, n_streams: int, n_days: int, random: Generator, *, change: FloatArray | None = None
) -> Simulated:
    """Draw series: a rate with seasons and AR(1) deviations, and a weighted count of Poisson violations.

    `change` multiplies the true rate, one factor a day.
    """
    size = n_streams, n_days
    week = shape.season * random.standard_normal((n_streams, DAYS_OF_A_WEEK))
    season = 1.0 + week - week.mean(axis=1, keepdims=True)
    deviation = _autoregression(shape, size, random)
    relative = season[:, np.arange(n_days) % DAYS_OF_A_WEEK] * np.exp(deviation - shape.variation**2 / 2.0)
    if shape.factor is not None:
        relative = relative * shape.factor(size, random)
    if change is not None:
        relative = relative * change
    # Σw²/(Σw)² of the day's violations is relative_error² on average
    n_expected = np.full(size, np.exp(shape.unevenness**2) / shape.relative_error**2)
    if shape.second_error is not None:
        n_expected[:, n_days // 2 :] *= (shape.relative_error / shape.second_error) ** 2
    n_expected *= np.exp(shape.size_spread * random.standard_normal(size) - shape.size_spread**2 / 2.0)
    n_events = random.poisson(relative * n_expected)
    total, squares = _weighted(n_events, shape.unevenness, random)
    values, errors = RATE * total / n_expected, RATE * np.sqrt(squares) / n_expected
    is_outlier = random.random(size) < shape.outlier_share
    values = np.where(is_outlier, values * np.exp(0.5 * random.standard_t(3, size)), values)
    is_missing = random.random(size) < shape.missing
    return Simulated(np.where(is_missing, np.nan, values), np.where(is_missing, np.nan, errors), n_events.astype(float))


def _autoregression(shape: Shape, size: tuple[int, int], random: Generator) -> FloatArray:
    fresh = shape.variation * np.sqrt(1.0 - shape.persistence**2)
    deviation = np.empty(size)
    deviation[:, 0] = shape.variation * random.standard_normal(size[0])
    for day in range(1, size[1]):
        deviation[:, day] = shape.persistence * deviation[:, day - 1] + fresh * random.standard_normal(size[0])
    return deviation


def _weighted(n_events: IntArray, unevenness: float, random: Generator) -> tuple[FloatArray, FloatArray]:
    """Σ w and Σ w² of each day's violations, w log-normal with mean 1."""
    weights = np.exp(unevenness * random.standard_normal(int(n_events.sum())) - unevenness**2 / 2.0)
    cell = np.repeat(np.arange(n_events.size), n_events.ravel())
    total, squares = (
        np.asarray(np.bincount(cell, part, n_events.size), dtype=np.float64).reshape(n_events.shape)
        for part in (weights, weights**2)
    )
    return total, squares


def _spikes(size: tuple[int, int], random: Generator) -> FloatArray:
    """One day in every two months on which the rate is three times as high."""
    factor = np.ones(size)
    for first in range(30, size[1] - 60, 61):
        factor[np.arange(size[0]), first + random.integers(0, 61, size[0])] = 3.0
    return factor


def _holidays(size: tuple[int, int], random: Generator) -> FloatArray:
    """Eight holidays a year of one or two days, up or down by 40 %."""
    factor = np.ones(size)
    for number, day in enumerate(range(40, size[1] - 2, 45)):
        factor[:, day : day + 1 + number % 2] = np.where(random.random((size[0], 1)) < 0.5, 1.4, 1.0 / 1.4)
    return factor


def _wave(size: tuple[int, int], random: Generator) -> FloatArray:
    """A slow wave of 7 % to either side, half a year long."""
    start = random.uniform(0.0, 2.0 * np.pi, (size[0], 1))
    wave: FloatArray = 1.0 + 0.07 * np.sin(2.0 * np.pi * np.arange(size[1]) / 180.0 + start)
    return wave


def _trend(size: tuple[int, int], random: Generator) -> FloatArray:
    """A trend of 12 % a year, up or down."""
    way = np.where(random.random((size[0], 1)) < 0.5, 0.12, -0.12)
    trend: FloatArray = 1.0 + way * np.arange(size[1]) / 365.0
    return trend


TYPICAL = Shape()
HEALTHY: Mapping[str, Shape] = {
    "typical, s.e. 5 %": replace(TYPICAL, relative_error=0.05),
    "typical, s.e. 10 %": TYPICAL,
    "typical, s.e. 20 %": replace(TYPICAL, relative_error=0.2),
    "typical, s.e. 40 %": replace(TYPICAL, relative_error=0.4),
    "rare: two days of three without a violation": replace(TYPICAL, relative_error=1.9),
    "very rare: weeks without a violation": replace(TYPICAL, relative_error=6.0),
    "rare, and very uneven weights": replace(TYPICAL, relative_error=1.0, unevenness=1.2),
    "strong seasons (30 %)": replace(TYPICAL, season=0.3),
    "autocorrelated (sd 7 %, 0.7)": replace(TYPICAL, variation=0.07, persistence=0.7),
    "strongly autocorrelated (sd 10 %, 0.8)": replace(TYPICAL, variation=0.1, persistence=0.8),
    "heavy tails on 5 % of days": replace(TYPICAL, outlier_share=0.05),
    "40 % of days missing": replace(TYPICAL, missing=0.4),
    "sample cut to a sixth halfway": replace(TYPICAL, second_error=0.25),
    "one-day spikes, three times as high": replace(TYPICAL, factor=_spikes),
    "holidays of one or two days, 40 %": replace(TYPICAL, factor=_holidays),
    "slow wave of 7 %": replace(TYPICAL, factor=_wave),
    "trend of 12 % a year": replace(TYPICAL, factor=_trend),
}


def changes(n_days: int, at: int) -> dict[tuple[str, float], FloatArray]:
    """Changes from day `at` on: kind and size to one factor a day."""
    since = np.arange(n_days) - at + 1
    found: dict[tuple[str, float], FloatArray] = {}
    for size in (0.25, 0.5, 1.0):
        risen = {"level shift": (since > 0).astype(np.float64)}
        risen |= {f"drift over {days} days": np.clip(since / days, 0.0, 1.0) for days in (30, 90)}
        found |= {(kind, size): 1.0 + size * share for kind, share in risen.items()}
    return found
