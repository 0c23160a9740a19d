"""The smallest change that is seen: by hand, by simulation, and what is refused."""

import math

import numpy as np
import pytest
from scipy import stats

from lib.estimation.change.detectable_change import smallest_detectable_change


def test_by_hand() -> None:
    # (1.959964 + 0.841621) · √(3² + 4²) = 2.801585 · 5, relative to 100
    assert smallest_detectable_change(0.003, 0.004, 0.1, 0.95, 0.8) == pytest.approx(0.14007926, rel=1e-7)


def test_a_change_of_that_size_is_seen_that_often() -> None:
    before, std_errors, power = 0.01, (0.0008, 0.0011), 0.9
    relative = smallest_detectable_change(*std_errors, before, level=0.9, power=power)
    random = np.random.default_rng(4)
    first, second = random.normal([before, before * (1 + relative)], std_errors, size=(40_000, 2)).T
    seen = np.abs(second - first) > stats.norm.ppf(0.95) * math.hypot(*std_errors)
    assert seen.mean() == pytest.approx(power, abs=0.006)


def test_common_units_help_and_a_census_sees_everything() -> None:
    apart = smallest_detectable_change(0.002, 0.002, 0.01)
    assert smallest_detectable_change(0.002, 0.002, 0.01, covariance=0.75 * 0.002**2) == pytest.approx(apart / 2)
    assert smallest_detectable_change(0.002, 0.002, 0.01, covariance=0.002**2) == 0.0
    assert smallest_detectable_change(0.0, 0.0, 0.01) == 0.0
    # relative to everything violating, the change is one in points
    assert smallest_detectable_change(0.003, 0.004, 1.0) == pytest.approx(0.014007926, rel=1e-7)


def test_power_at_the_level_itself_needs_no_change() -> None:
    assert smallest_detectable_change(0.002, 0.002, 0.01, level=0.95, power=0.025) == pytest.approx(0.0, abs=1e-12)
    assert smallest_detectable_change(0.002, 0.002, 0.01, level=0.95, power=0.01) == 0.0


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"std_error_before": -1.0}, "std_error_before"),
        ({"std_error_after": math.nan}, "std_error_after"),
        ({"prevalence": 0.0}, "prevalence"),
        ({"level": 1.0}, "level"),
        ({"power": 1.0}, "power"),
        ({"power": 0.0}, "power"),
        ({"covariance": 1.0}, "covariance"),
    ],
)
def test_arguments_out_of_range_are_named(arguments: dict[str, float], field: str) -> None:
    valid = {"std_error_before": 0.001, "std_error_after": 0.001, "prevalence": 0.01}
    with pytest.raises(ValueError, match=field):
        smallest_detectable_change(**(valid | arguments))
