"""Realised against planned errors: roll-up of days, quantiles, refusals."""

import math

import pytest
from scipy import stats

from lib.planning.realised_error import PlannedVariance, compare_errors


def chi_square(exposure_total: float, std_error: float, nu: float) -> PlannedVariance:
    return PlannedVariance(exposure_total, std_error, nu, math.sqrt(8 / nu))


def test_with_the_skewness_of_chi_square_it_is_chi_square() -> None:
    result = compare_errors(0.0015, chi_square(1e4, 0.001, 10.0), significance=0.05)
    assert result.ratio == pytest.approx(1.5)
    assert result.p_value == pytest.approx(stats.chi2.sf(2.25 * 10, 10))
    assert result.limit == pytest.approx(math.sqrt(18.307038 / 10))  # tables: the upper 5 % of χ² with 10
    assert result.is_alarm


def test_less_skewness_changes_nothing() -> None:
    symmetric = PlannedVariance(1e4, 0.001, 10.0, 0.01)
    assert compare_errors(0.0015, symmetric, significance=0.05).limit == pytest.approx(math.sqrt(18.307038 / 10))


def test_more_skewness_makes_large_errors_less_alarming() -> None:
    planned = PlannedVariance(1e4, 0.001, 10.0, 2.0)
    assert compare_errors(0.0015, planned, significance=0.05).p_value > stats.chi2.sf(22.5, 10)
    assert compare_errors(0.0015, planned, significance=0.01).limit > math.sqrt(stats.chi2.isf(0.01, 10) / 10)


def test_equal_days_add_their_degrees_of_freedom() -> None:
    week = PlannedVariance.of_period([chi_square(1e4, 0.001, 3.0)] * 7)
    assert week.exposure_total == 7e4
    assert week.std_error == pytest.approx(0.001 / math.sqrt(7))
    assert week.degrees_of_freedom == pytest.approx(21.0)
    assert week.skewness == pytest.approx(math.sqrt(8 / 21))


def test_unequal_days_by_hand() -> None:
    # X² V: 4e8·1e-6 = 400 and 1e8·4e-6 = 400; ν = 800² / (400²/4 + 400²/12).
    period = PlannedVariance.of_period([chi_square(2e4, 0.001, 4.0), chi_square(1e4, 0.002, 12.0)])
    assert period.std_error == pytest.approx(math.sqrt(800) / 3e4)
    assert period.degrees_of_freedom == pytest.approx(12.0)


def test_no_realised_error_is_no_alarm() -> None:
    result = compare_errors(0.0, chi_square(1e4, 0.001, 2.0), significance=0.05)
    assert (result.ratio, result.p_value, result.is_alarm) == (0.0, 1.0, False)


@pytest.mark.parametrize(
    "planned",
    [PlannedVariance(1e4, 0.0, 5.0, 1.0), PlannedVariance(1e4, 0.1, math.inf, 1.0), PlannedVariance(1e4, 0.1, 5.0, 0)],
)
def test_a_planned_census_is_refused(planned: PlannedVariance) -> None:
    with pytest.raises(ValueError, match="must be finite and > 0"):
        compare_errors(0.001, planned, significance=0.05)
