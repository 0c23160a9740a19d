"""The evidence of one day: Poisson and Gaussian likelihood ratios by hand, and an expectation of at most 1."""

import math

import numpy as np
import pytest
from scipy import stats

from lib.monitoring.detection.likelihood_factor import log_factor


def _factor(deviation: float, shift: float, *, grain: float, sampling: float, model: float) -> float:
    return float(
        log_factor(
            np.array(deviation),
            np.array(shift),
            grain=np.array(grain),
            sampling_variance=np.array(sampling),
            model_variance=np.array(model),
        )
    )


def test_of_a_pure_count_it_is_the_poisson_likelihood_ratio() -> None:
    # 7 events where 4 were expected, against a rate half as high again: 7 log 1.5 - (6 - 4)
    assert _factor(3.0, 2.0, grain=1.0, sampling=4.0, model=0.0) == pytest.approx(7 * math.log(1.5) - 2.0)
    # the same in a unit in which one event is 0.01
    assert _factor(0.03, 0.02, grain=0.01, sampling=0.0004, model=0.0) == pytest.approx(7 * math.log(1.5) - 2.0)


def test_of_an_average_it_is_the_gaussian_likelihood_ratio() -> None:
    # g·e/v - g²/(2v) with e = 0.5, g = 0.4, v = 0.2
    assert _factor(0.5, 0.4, grain=0.0, sampling=0.05, model=0.15) == pytest.approx(0.4 * 0.5 / 0.2 - 0.16 / 0.4)


def test_of_many_small_events_it_is_gaussian_too() -> None:
    exact = _factor(0.3, 0.2, grain=0.0, sampling=1.0, model=0.0)
    assert _factor(0.3, 0.2, grain=1e-4, sampling=1.0, model=0.0) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("shift", [4.0, 1.0, -1.5, -1.999])
def test_its_expectation_is_one_for_counts(shift: float) -> None:
    mean = 2.0
    counts = np.arange(0, 80)
    factor = log_factor(
        counts - mean,
        np.full(80, shift),
        grain=np.ones(80),
        sampling_variance=np.full(80, mean),
        model_variance=np.zeros(80),
    )
    assert stats.poisson.pmf(counts, mean) @ np.exp(factor) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("shift", [3.0, -1.5])
def test_its_expectation_is_one_for_a_count_with_gaussian_variation(shift: float) -> None:
    mean, spread = 2.0, 0.7
    counts = np.arange(0, 60)
    normal = np.linspace(-9.0, 9.0, 4001)
    deviation = counts[:, None] - mean + spread * normal[None, :]
    factor = log_factor(
        deviation,
        np.array(shift),
        grain=np.array(1.0),
        sampling_variance=np.array(mean),
        model_variance=np.array(spread**2),
    )
    weights = stats.norm.pdf(normal) * (normal[1] - normal[0])
    assert stats.poisson.pmf(counts, mean) @ np.exp(factor) @ weights == pytest.approx(1.0, abs=1e-6)


def test_a_fall_to_nothing_is_finite_and_no_event_speaks_for_it() -> None:
    against, towards = (_factor(e, -2.0, grain=1.0, sampling=2.0, model=0.0) for e in (3.0, -2.0))
    assert against < -10.0
    # exp(-2)/exp(-0.1): a rate of 5 % of the expected one is as near as θ goes
    assert towards == pytest.approx(1.9)
