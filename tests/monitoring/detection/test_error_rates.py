"""Small simulations with bounds that a wrong formula breaks: false alarms, the e-detector's mean, delays."""

from dataclasses import replace

import numpy as np
import pytest

from lib.monitoring.detection.watch import Watched, watch
from schemas.contracts.monitoring_settings import MonitoringSettings
from scripts.monitoring_audit.simulated_series import HEALTHY, TYPICAL, Shape, changes, simulated

pytestmark = pytest.mark.slow

# No minimum effect to speak of and no wait: the evidence alone.
BARE = MonitoringSettings(
    minimum_effect={"prevalence": 0.01}, effect_confidence=0.5, minimum_days=1, minimum_days_large=1
)


def _watched(shape: Shape, n_streams: int, n_days: int, *, settings: MonitoringSettings, seed: int = 1) -> Watched:
    series = simulated(shape, n_streams, n_days, np.random.default_rng(seed))
    return watch(series.block(budget_share=1.0 / 16.0, settings=settings), settings)


@pytest.mark.parametrize("error", [0.1, 0.5, 2.0])
def test_on_healthy_streams_the_e_detector_grows_no_faster_than_the_days(error: float) -> None:
    """E(M_t) <= t; the candidates' likelihood ratios are supermartingales whatever the precision."""
    n_days = 70
    shape = replace(TYPICAL, relative_error=error, variation=0.03)
    never = BARE.model_copy(update={"patience_days": 10**9})
    seen = _watched(shape, 300, n_days, settings=never)
    evidence = np.exp(np.logaddexp(seen.log_rise[:, -1], seen.log_fall[:, -1]))
    assert seen.episodes == []
    assert evidence.mean() < n_days - 28
    # and it is no empty bound: half of it stands on real ratios
    assert evidence.mean() > 0.05 * (n_days - 28)


@pytest.mark.parametrize("name", [
    "typical, s.e. 5 %", "typical, s.e. 20 %", "rare: two days of three without a violation",
    "strong seasons (30 %)", "one-day spikes, three times as high",
])  # fmt: skip
def test_healthy_streams_raise_hardly_an_alarm(name: str) -> None:
    # 60 stream-years, at the threshold of a headline stream
    seen = _watched(HEALTHY[name], 60, 365, settings=MonitoringSettings())
    assert len(seen.episodes) <= 2


@pytest.mark.parametrize(("error", "kind", "size", "median"), [
    (0.1, "level shift", 0.5, 5), (0.2, "level shift", 1.0, 5), (0.4, "level shift", 1.0, 12),
    (0.1, "drift over 30 days", 0.5, 25), (0.1, "level shift", 0.25, 16),
])  # fmt: skip
def test_a_rise_is_seen_in_time(error: float, kind: str, size: float, median: int) -> None:
    n_days, at = 180, 100
    shape = replace(TYPICAL, relative_error=error)
    change = changes(n_days, at)[kind, size]
    settings = MonitoringSettings()
    series = simulated(shape, 40, n_days, np.random.default_rng(2), change=change)
    seen = watch(series.block(budget_share=1.0 / 16.0, settings=settings), settings)
    first = {e.stream: e.opened - at + 1 for e in reversed(seen.episodes) if e.is_rise and e.opened >= at}
    delays = np.array([first.get(stream, n_days) for stream in range(40)])
    assert np.median(delays) <= median
