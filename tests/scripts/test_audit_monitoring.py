"""The monitoring audit: its rules by hand, its series, and a small run."""

import numpy as np
import pandas as pd
import pytest

from lib.monitoring.detection.watch import watch
from schemas.contracts.monitoring_settings import MonitoringSettings
from scripts.audit_monitoring import CHANGED_DAYS, changed_cell, healthy_cell, platform_year
from scripts.monitoring_audit.lone_streams import rise_alarms, watched_in_silence
from scripts.monitoring_audit.platform import CHANGED_AT, N_DAYS, N_POLICIES, N_SEGMENTS, RISE, simulated_platform
from scripts.monitoring_audit.report import monitoring_report
from scripts.monitoring_audit.simple_rules import cusum, ewma, fresh_interval
from scripts.monitoring_audit.simulated_series import HEALTHY, RATE, Simulated, changes, simulated


def test_a_fresh_interval_raises_an_alarm_on_the_first_day_outside() -> None:
    z = np.array([[0.0, 2.0, 2.5, 0.0, -3.0, 1.9]])
    assert list(np.flatnonzero(fresh_interval(z)[0])) == [1, 4]


def test_a_cusum_sums_what_exceeds_half_a_standard_deviation() -> None:
    # 1.5 more every day: 6 > 5 on the fourth
    assert list(np.flatnonzero(cusum(np.full((1, 6), 2.0))[0])) == [3]
    assert list(np.flatnonzero(cusum(np.full((1, 6), -2.0))[0])) == [3]
    assert not cusum(np.full((1, 99), 0.5)).any()


def test_an_ewma_stays_within_three_of_its_standard_deviations() -> None:
    # 1 - 0.8^n > 2.86/3 on the 14th day of a shift by one
    assert not ewma(np.full((1, 200), 0.95)).any()
    assert list(np.flatnonzero(ewma(np.full((1, 15), 1.0))[0]))[:1] == [13]


def test_series_have_the_precision_and_the_rate_that_they_are_said_to_have() -> None:
    shape = HEALTHY["typical, s.e. 10 %"]
    series = simulated(shape, 100, 100, np.random.default_rng(1))
    known = np.isfinite(series.values)
    assert known.mean() == pytest.approx(1.0 - shape.missing, abs=0.01)
    assert series.values[known].mean() == pytest.approx(RATE, rel=0.02)
    assert np.median(series.std_errors[known] / series.values[known]) == pytest.approx(0.1, rel=0.1)


def test_changes_begin_on_their_day() -> None:
    shift, drift = (changes(200, 100)[kind, 0.5] for kind in ("level shift", "drift over 30 days"))
    assert (shift[99], shift[100], drift[99], drift[100], drift[199]) == (1.0, 1.5, 1.0, 1.0 + 0.5 / 30.0, 1.5)


def test_a_platform_s_headline_is_the_mean_of_its_segments_and_rises_on_its_day() -> None:
    series = simulated_platform(np.random.default_rng(3), is_changed=True)
    assert series.values.shape == (N_POLICIES * (1 + N_SEGMENTS), N_DAYS)
    of_first = series.values[N_POLICIES : N_POLICIES + N_SEGMENTS]
    np.testing.assert_allclose(series.values[0], of_first.mean(axis=0))
    rise = series.values[:N_POLICIES, CHANGED_AT:].mean(axis=1) / series.values[:N_POLICIES, :CHANGED_AT].mean(axis=1)
    assert rise[0] == pytest.approx(RISE, rel=0.05)
    assert rise[1:] == pytest.approx(1.0, rel=0.05)
    error = series.std_errors[:N_POLICIES] / series.values[:N_POLICIES]
    assert np.median(error) == pytest.approx(0.1, rel=0.1)


@pytest.mark.slow
def test_a_small_audit_makes_its_tables() -> None:
    healthy = pd.DataFrame(healthy_cell("typical, s.e. 20 %", 6))
    changed = pd.DataFrame(changed_cell(0.1, "level shift", 1.0, 6))
    platforms = pd.DataFrame([platform_year(0, is_changed=False), platform_year(0, is_changed=True)])
    ours = changed.set_index("rule").loc["monitoring, headline"]
    assert (ours["median"], ours["missed"]) == (2.0, 0.0)
    naive = healthy.set_index("rule").loc["fresh 95 % interval"]
    assert naive["n_alarms"] > 5 * naive["stream_years"]
    report = monitoring_report(healthy, changed, platforms)
    assert "| level shift, +100% | 10% | 2 (2) |" in report
    # no alarm in 5.54 stream-years: less than 3.00 / 5.54 of them a year, with 95 % confidence
    assert "| typical, s.e. 20 % | 0.000 (0.541) |" in report
    assert "seen on 1, after a median of" in report


@pytest.mark.slow
def test_a_stream_that_is_watched_alone_gets_no_help_from_others() -> None:
    changed = changes(CHANGED_DAYS, 150)["level shift", 0.5]
    series = simulated(HEALTHY["typical, s.e. 20 %"], 20, CHANGED_DAYS, np.random.default_rng(4), change=changed)
    settings = MonitoringSettings()
    silent = watched_in_silence(series.block(budget_share=0.01, settings=settings), settings)
    assert silent.episodes == []
    together = rise_alarms(silent, budget_share=0.01, settings=settings)
    for stream in range(3):
        alone = Simulated(
            *(values[stream : stream + 1] for values in (series.values, series.std_errors, series.n_events))
        )
        first = watch(alone.block(budget_share=0.01, settings=settings), settings).episodes[0]
        assert (first.is_rise, first.opened) == (True, int(np.argmax(together[stream])))
