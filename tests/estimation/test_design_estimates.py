"""Functions of estimates by the delta method, by hand."""

import numpy as np
import pytest

from lib.estimation.design_estimates import DesignEstimates

COVARIANCE = np.array([[4.0, 1.0], [1.0, 9.0]])


def test_functions_of_estimates_by_the_delta_method() -> None:
    # θ = (2, 5): product 10 with slope (5, 2), variance 25·4 + 2·10·1 + 4·9; sum 7 with slope (1, 1)
    found = DesignEstimates(np.array([2.0, 5.0]), COVARIANCE).transformed([10, 7], [[5, 2], [1, 1]])
    assert found.values.tolist() == [10.0, 7.0]
    assert found.covariance == pytest.approx(np.array([[156.0, 45.0], [45.0, 15.0]]))
    assert found.std_errors == pytest.approx(np.sqrt([156.0, 15.0]))


def test_contrasts() -> None:
    found = DesignEstimates(np.array([2.0, 5.0]), COVARIANCE).contrast([[1, -1]])
    assert found.values.tolist() == [-3.0]
    assert found.covariance == pytest.approx(np.array([[11.0]]))


def test_a_variance_below_zero_by_rounding_is_zero() -> None:
    assert DesignEstimates(np.zeros(1), np.array([[-1e-18]])).std_errors.tolist() == [0.0]
