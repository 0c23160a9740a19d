"""What one event stands for: pooled over days, so that a lucky day does not count most."""

import numpy as np
import pytest

from lib.monitoring.detection.grain import HALF_LIFE_DAYS, PRIOR_EVENTS, events_of, pooled_grain

NAN = np.nan


def _grain(values: list[float], errors: list[float], events: list[float], one: float = NAN) -> list[float]:
    fallback = np.full((1, len(values)), one)
    return list(pooled_grain(*(np.array([row]) for row in (values, errors, events)), fallback=fallback)[0])


def test_days_are_pooled_with_a_half_life_and_the_days_own_error_by_its_events() -> None:
    # first day: variance 0.04 of rate 2; the pool and the day agree on 0.02
    first, second = _grain([2.0, 1.0], [0.2, 0.3], [5.0, 30.0])
    assert first == pytest.approx(0.02)
    decay = 0.5 ** (1.0 / HALF_LIFE_DAYS)
    pooled = (0.04 * decay + 0.09) / (2.0 * decay + 1.0)
    assert second == pytest.approx((PRIOR_EVENTS * pooled + 30.0 * 0.09) / (PRIOR_EVENTS + 30.0))


def test_a_day_without_a_violation_or_without_a_number_changes_nothing() -> None:
    first, *others = _grain([2.0, 0.0, NAN], [0.2, 0.0, NAN], [5.0, 0.0, 0.0])
    assert others == pytest.approx([first, first])


def test_before_the_first_violation_the_first_is_taken() -> None:
    assert _grain([0.0, 2.0], [0.0, 0.2], [0.0, 5.0]) == pytest.approx([0.02, 0.02])


def test_without_any_violation_the_largest_weight_that_intervals_allow_for() -> None:
    assert _grain([0.0, 0.0], [0.0, 0.0], [0.0, 0.0], one=0.003) == [0.003, 0.003]
    assert _grain([0.0], [0.0], [0.0]) == [0.0]


def test_events_that_the_standard_error_says() -> None:
    # a relative error of 20 % is that of 25 equal events
    assert list(events_of(np.array([0.5, 0.5, NAN]), np.array([0.1, 0.0, 0.1]))) == pytest.approx([25.0, 0.0, 0.0])
