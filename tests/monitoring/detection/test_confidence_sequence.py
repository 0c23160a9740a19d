"""Limits that hold on all days at once: closed forms without events, coverage by simulation, sums by hand."""

import numpy as np
import pytest
from scipy import optimize

from lib.monitoring.detection.confidence_sequence import EventSum, event_sum, level_limits


def _limits(events: float, exposure: float, confidence: float = 0.95) -> tuple[float, float]:
    low, high = level_limits(EventSum(np.array([events]), np.array([exposure])), confidence=confidence)
    return float(low[0]), float(high[0])


def test_without_an_event_the_limit_is_where_silence_is_too_unlikely() -> None:
    # M(R) = exp(x)/(1 + x) = 20 with x = R·L
    root = optimize.brentq(lambda x: x - np.log1p(x) - np.log(20.0), 1e-6, 50.0)
    assert _limits(0.0, 10.0) == (0.0, pytest.approx(root / 10.0))


def test_without_exposure_nothing_is_known() -> None:
    assert _limits(0.0, 0.0) == (0.0, np.inf)


def test_limits_are_where_the_mixture_of_likelihood_ratios_is_twenty() -> None:
    events, exposure = 12.0, 4.0
    for rate in _limits(events, exposure):
        grid = np.linspace(1e-6, 12.0, 200_001)
        ratio = grid**events * np.exp(-(grid - 1.0) * rate * exposure) * np.exp(-grid)
        assert np.trapezoid(ratio, grid) == pytest.approx(20.0, rel=1e-3)


@pytest.mark.parametrize("rate", [0.05, 0.6, 40.0])
@pytest.mark.slow
def test_they_hold_on_all_days_at_once(rate: float) -> None:
    random = np.random.default_rng(7)
    events = random.poisson(rate, (1_000, 250)).cumsum(axis=1).astype(float)
    exposure = np.broadcast_to(np.arange(1.0, 251.0), events.shape)
    low, high = level_limits(EventSum(events, exposure), confidence=0.9)
    missed = ((low > rate) | (high < rate)).any(axis=1).mean()
    # a fresh 90 % interval each day misses on some day in half of the series and more
    assert missed <= 0.1 + 2 * np.sqrt(0.09 / 1_000)
    assert missed > 0.001


def test_days_are_summed_as_events_with_their_own_grain() -> None:
    # one event is 0.5, so a value of 2 on an ordinary day are 4 events; on a day twice as busy it stands for 1
    sums = event_sum(
        np.array([2.0, 2.0, np.nan]),
        np.array([0.0, 1.0, 0.0]),
        grain=np.full(3, 0.5),
        variance=np.zeros(3),
        level=np.array(1.0),
        long_run_variance=np.zeros(3),
    )
    # grains 0.5 and 0.25: events 2/0.5 + 1/0.25, exposure 2 + 4
    assert (float(sums.events), float(sums.exposure)) == (8.0, 6.0)
    assert float(sums.level) == pytest.approx(8.0 / 6.0)


def test_variance_of_averages_and_healthy_variation_make_events_heavier() -> None:
    sums = event_sum(
        np.array([2.0]), np.array([0.0]), grain=np.zeros(1), variance=np.array([0.04]), level=np.array(2.0),
        long_run_variance=np.array([0.01]),
    )  # fmt: skip
    # 0.04/2 + 0.01·2 = 0.04 an event
    assert float(sums.events) == pytest.approx(2.0 / 0.04)
