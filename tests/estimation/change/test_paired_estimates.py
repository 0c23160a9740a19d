"""Change of two estimates from the covariance of any design, against a user panel's reference numbers."""

import numpy as np
import pytest

from lib.estimation.change.paired_estimates import PairedChange, paired_change
from lib.estimation.design_estimates import DesignEstimates
from tests.estimation.references import oracle_results

EXPECTED = oracle_results("change_expected.json")


def _change(design: str, kind: str) -> PairedChange:
    levels = EXPECTED[f"c10_change.{design}.{kind}.levels"]
    covariance = [[levels["se1"] ** 2, levels["cov"]], [levels["cov"], levels["se2"] ** 2]]
    return paired_change(DesignEstimates(np.array([levels["day1"], levels["day2"]]), np.array(covariance)))


@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_change_in_a_panel_uses_the_covariance(kind: str) -> None:
    change = _change("pan", kind)
    difference, relative = (EXPECTED[f"c10_change.pan.{kind}.{what}"] for what in ("change", "relative"))
    assert change.difference == pytest.approx(difference["estimate"], rel=difference["rel_tol"])
    assert change.std_error == pytest.approx(difference["se"], rel=difference["rel_tol"])
    assert change.ratio == pytest.approx(relative["estimate"], rel=relative["rel_tol"])
    assert change.ratio_std_error == pytest.approx(relative["se"], rel=relative["rel_tol"])
    assert change.correlation == pytest.approx(EXPECTED[f"c10_change.pan.{kind}.levels"]["corr"], rel=1e-9)


@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_days_of_a_panel_are_not_independent(kind: str) -> None:
    change = _change("pan", kind)
    wrong, wrong_relative = (EXPECTED[f"c10_change.ind.{kind}.{what}"] for what in ("change", "relative"))
    assert wrong["negative_control"]
    assert wrong_relative["negative_control"]
    assert change.std_error < 0.95 * wrong["se"]
    assert change.ratio_std_error is not None
    assert change.ratio_std_error < 0.95 * wrong_relative["se"]


def test_nothing_before_has_no_ratio_and_no_variance_no_correlation() -> None:
    change = paired_change(DesignEstimates(np.array([0.0, 0.01]), np.diag([0.0, 1e-6])))
    assert (change.ratio, change.ratio_std_error, change.correlation) == (None, None, 0.0)
    assert (change.difference, change.std_error) == (0.01, pytest.approx(1e-3))


def test_a_change_is_between_two_estimates() -> None:
    with pytest.raises(ValueError, match="not 3"):
        paired_change(DesignEstimates(np.ones(3), np.eye(3)))
