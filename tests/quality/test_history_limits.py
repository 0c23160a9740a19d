"""Healthy weeks raise no alarm, broken days do, and days without a history are not judged."""

import math
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.random import Generator

from lib.quality.distributions import Distribution
from lib.quality.history_limits import NOT_JUDGED, collapse_limits, drift_of, missing_limits, volume_limits
from schemas.contracts.quality_settings import QualitySettings

SETTINGS = QualitySettings()
MONDAY = date(2026, 3, 2)
WEEKDAYS = (1.0, 0.9, 0.95, 1.0, 1.1, 1.6, 1.5)


def _days(n: int) -> list[date]:
    return [MONDAY + timedelta(days=offset) for offset in range(n)]


def _rows(n_days: int, *, level: float = 100_000, growth_per_week: float = 0.0) -> dict[date, float]:
    """A level with a weekday pattern and growth, no noise."""
    return {
        day: level * WEEKDAYS[day.weekday()] * (1 + growth_per_week) ** ((day - MONDAY).days / 7)
        for day in _days(n_days)
    }


def test_without_a_history_nothing_is_judged() -> None:
    four = _rows(4)
    assert volume_limits({}, MONDAY, SETTINGS) == NOT_JUDGED
    assert volume_limits(four, MONDAY + timedelta(days=4), SETTINGS) == NOT_JUDGED
    assert collapse_limits(_rows(13), MONDAY + timedelta(days=13), SETTINGS) == NOT_JUDGED
    assert missing_limits(dict.fromkeys(four, 0.0), MONDAY + timedelta(days=4), SETTINGS) == NOT_JUDGED
    assert drift_of({}, {"1": 2.0}, MONDAY, "counts", SETTINGS) == (None, NOT_JUDGED)
    # Days that are too long ago are none either.
    assert volume_limits(_rows(40), MONDAY + timedelta(days=90), SETTINGS) == NOT_JUDGED


def test_in_the_first_weeks_only_a_gross_change_counts() -> None:
    limits = volume_limits(_rows(5), MONDAY + timedelta(days=5), SETTINGS)
    assert limits.at_least == pytest.approx(20_000, rel=0.01)
    assert limits.at_most == pytest.approx(500_000, rel=0.01)


def test_a_day_is_held_against_its_own_weekday() -> None:
    history, sunday = _rows(27), MONDAY + timedelta(days=27)
    limits = volume_limits(history, sunday, SETTINGS)
    assert limits.at_least == pytest.approx(150_000 * 0.7, rel=0.02)
    assert limits.at_most == pytest.approx(150_000 * 1.3, rel=0.02)
    assert collapse_limits(history, sunday, SETTINGS).at_least == pytest.approx(75_000, rel=0.01)


def test_steady_growth_is_expected() -> None:
    history, sunday = _rows(41, growth_per_week=0.1), MONDAY + timedelta(days=41)
    limits = volume_limits(history, sunday, SETTINGS)
    assert limits.at_least is not None
    assert limits.at_most is not None
    expected = 150_000 * 1.1 ** (41 / 7)
    assert limits.at_least == pytest.approx(expected * 0.7, rel=0.03)
    assert limits.at_most == pytest.approx(expected * 1.3, rel=0.03)


def test_a_broken_day_in_the_history_does_not_move_the_limits() -> None:
    history, sunday = _rows(27), MONDAY + timedelta(days=27)
    broken = history | {MONDAY + timedelta(days=20): 10.0, MONDAY + timedelta(days=10): 0.0}
    limits, clean = (volume_limits(days, sunday, SETTINGS) for days in (broken, history))
    assert limits.at_least == pytest.approx(clean.at_least, rel=0.03)
    assert limits.at_most == pytest.approx(clean.at_most, rel=0.03)


def test_scattering_series_get_wider_limits_and_so_do_small_counts() -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, 27)
    scattering = {day: n * math.exp(e) for (day, n), e in zip(_rows(27).items(), noise, strict=True)}
    for history in (scattering, _rows(27, level=20)):
        limits = volume_limits(history, MONDAY + timedelta(days=27), SETTINGS)
        assert limits.at_least is not None
        assert limits.at_most is not None
        assert limits.at_most / max(limits.at_least, 0.1) > 6


def test_missing_values_may_become_fewer_but_not_many_more() -> None:
    history = {day: 0.01 + 0.001 * (day.day % 3) for day in _days(10)}
    limits = missing_limits(history, MONDAY + timedelta(days=10), SETTINGS)
    assert limits.at_least is None
    assert limits.at_most == pytest.approx(0.061)


def _mix(random: Generator, day: date, *, n: int = 20_000, moved: float = 0.0) -> Distribution:
    weekend = 0.06 if day.weekday() >= 5 else 0.0
    shares = np.array([0.45 - weekend - moved, 0.3 + weekend, 0.17, 0.08 + moved])
    counts = random.multinomial(n, random.dirichlet(shares * 2_000))
    return dict(zip(("search", "home_feed", "related_pins", "assistant"), map(float, counts), strict=True))


def test_a_moved_mix_is_found_and_a_weekend_is_not() -> None:
    random = np.random.default_rng(11)
    history = {day: _mix(random, day) for day in _days(26)}
    saturday = MONDAY + timedelta(days=26)
    found, limits = drift_of(history, _mix(random, saturday), saturday, "shares", SETTINGS)
    assert found is not None
    assert limits.at_most is not None
    assert found < 0.04 < limits.at_most
    found, limits = drift_of(history, _mix(random, saturday, moved=0.2), saturday, "shares", SETTINGS)
    assert found == pytest.approx(0.2, abs=0.03)
    assert limits.at_most is not None
    assert found > limits.at_most


@pytest.mark.slow
def test_healthy_weeks_hardly_ever_warn_and_never_fail() -> None:
    """Weekdays, growth, a tenth of noise that lasts, and mixes with scatter of their own: 15 series of 12 weeks."""
    random = np.random.default_rng(7)
    n_warned = n_failed = n_judged = 0
    for _ in range(15):
        rows: dict[date, float] = {}
        mixes: dict[date, Mapping[str, float]] = {}
        noise = 0.0
        for day, level in _rows(84, growth_per_week=0.01).items():
            noise = 0.5 * noise + math.sqrt(0.75) * random.normal(0, 0.1)
            n, mix = float(random.poisson(level * math.exp(noise))), _mix(random, day)
            volume, collapse = volume_limits(rows, day, SETTINGS), collapse_limits(rows, day, SETTINGS)
            found, drift = drift_of(mixes, mix, day, "shares", SETTINGS)
            if volume.at_least is not None and volume.at_most is not None:
                n_judged += 2
                n_warned += not volume.at_least <= n <= volume.at_most
                n_warned += found is not None and drift.at_most is not None and found > drift.at_most
                n_failed += collapse.at_least is not None and n < collapse.at_least
            rows[day], mixes[day] = n, mix
    assert n_judged > 2_000
    assert n_failed == 0
    assert n_warned / n_judged < 0.001


@pytest.mark.parametrize(("factor", "warns", "fails"), [(0.95, False, False), (0.6, True, False), (0.4, True, True)])
def test_lost_rows_are_found(factor: float, warns: bool, fails: bool) -> None:
    history, sunday = _rows(27), MONDAY + timedelta(days=27)
    n = 150_000 * factor
    assert (n < (volume_limits(history, sunday, SETTINGS).at_least or 0)) == warns
    assert (n < (collapse_limits(history, sunday, SETTINGS).at_least or 0)) == fails
