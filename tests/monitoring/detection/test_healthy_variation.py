"""Variation of a healthy rate: found beyond sampling error, and not mistaken for a shift of the level."""

import numpy as np
import pytest

from lib.monitoring.detection.healthy_variation import HealthyVariation, fitted_variation
from lib.monitoring.detection.stream_block import FloatArray

N_STREAMS, N_DAYS = 40, 180


def _series(variation: float, persistence: float, noise: float, seed: int) -> FloatArray:
    random = np.random.default_rng(seed)
    deviation = np.empty((N_STREAMS, N_DAYS))
    state = variation * random.standard_normal(N_STREAMS)
    for day in range(N_DAYS):
        state = persistence * state + variation * np.sqrt(1 - persistence**2) * random.standard_normal(N_STREAMS)
        deviation[:, day] = state
    return 1.0 + deviation + noise * random.standard_normal((N_STREAMS, N_DAYS))


def _fit(relative: FloatArray, noise: float, *, typical: float = 0.05) -> HealthyVariation:
    shape = relative.shape
    return fitted_variation(
        relative,
        np.full(shape, noise**2),
        np.zeros(shape, dtype=np.int64),
        typical=np.full(shape[0], typical),
        group=np.zeros(shape[0], dtype=np.int64),
    )


@pytest.mark.parametrize(("variation", "persistence"), [(0.1, 0.8), (0.1, 0.2), (0.2, 0.5)])
def test_what_is_beyond_sampling_error_is_found(variation: float, persistence: float) -> None:
    found = _fit(_series(variation, persistence, 0.08, seed=1), 0.08)
    # one standard deviation is added for caution
    assert np.median(found.std_dev) == pytest.approx(variation, rel=0.2)
    assert np.median(found.persistence) == pytest.approx(persistence + 0.1, abs=0.2)


def test_sampling_error_alone_is_no_variation() -> None:
    found = _fit(_series(0.0, 0.0, 0.08, seed=2), 0.08)
    assert np.median(found.std_dev) < 0.045


def test_a_shift_of_the_level_is_not_taken_for_healthy() -> None:
    series = _series(0.05, 0.5, 0.08, seed=3)
    shifted = series + 0.25 * (np.arange(N_DAYS) >= 120)
    before, after = (_fit(values, 0.08) for values in (series, shifted))
    # the standard deviation of all days has grown from 10 % to 15 %, and nearly all of that would be `variation`
    assert np.median(after.std_dev) < np.median(before.std_dev) + 0.015


def test_outliers_are_cut_off() -> None:
    series = _series(0.05, 0.5, 0.08, seed=4)
    spoilt = series.copy()
    spoilt[:, 7::30] = 4.0
    before, after = (_fit(values, 0.08) for values in (series, spoilt))
    assert np.median(after.std_dev) < 2.5 * np.median(before.std_dev)


def test_pairs_across_two_levels_and_days_without_a_value_are_left_out() -> None:
    series = _series(0.05, 0.5, 0.08, seed=5)
    series[:, 90:] += 3.0
    epoch = np.zeros(series.shape, dtype=np.int64)
    epoch[:, 90:] = 1
    missing = series.copy()
    missing[:, ::9] = np.nan
    typical, group = np.full(N_STREAMS, 0.05), np.zeros(N_STREAMS, dtype=np.int64)
    found = fitted_variation(missing, np.full(series.shape, 0.0064), epoch, typical=typical, group=group)
    assert np.median(found.std_dev) == pytest.approx(0.06, abs=0.02)


def test_without_days_it_is_what_is_expected_of_such_streams() -> None:
    found = _fit(np.full((2, 1), np.nan), 0.1, typical=0.1)
    assert found.std_dev == pytest.approx([0.27, 0.27], abs=0.02)
    assert found.persistence == pytest.approx([0.73, 0.73], abs=0.05)


def test_the_long_run_variance_is_that_of_an_autoregression() -> None:
    known = HealthyVariation(np.array([0.1]), np.array([0.5]))
    assert known.long_run_variance == pytest.approx([0.01 * 3.0])
