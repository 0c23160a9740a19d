"""Coordinated samples against reference numbers, and exactly over every possible pair of tiny samples."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from lib.estimation.change.coordinated_poisson import CoordinatedPoissonDesign
from lib.estimation.change.paired_estimates import paired_change
from lib.estimation.design_estimates import estimate
from lib.estimation.functionals import Functional, Ratio, Total, mean
from tests.estimation.change.coordinated_days import coordinated_days
from tests.estimation.references import oracle_results

EXPECTED = oracle_results("change_expected.json")
PRN = "c10_change.prn."


def _functionals(kind: type[Total] | None = None) -> list[Functional]:
    design, y = coordinated_days()
    days = [design.samples == day for day in (1, 2)]
    return [Total(y, day) if kind is Total else mean(y, day) for day in days]


@pytest.mark.parametrize("day", [1, 2])
def test_totals_of_each_day(day: int) -> None:
    record = EXPECTED[f"{PRN}ht_total_day{day}"]
    design, _ = coordinated_days()
    totals = estimate(design, _functionals(Total))
    position = day - 1
    assert totals.values[position] == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert totals.std_errors[position] == pytest.approx(record["se"], rel=record["rel_tol"])
    assert totals.covariance[position, position] == pytest.approx(record["var"], rel=record["rel_tol"])
    assert design.degrees_of_freedom() == record["df"]


def test_change_of_totals_and_its_covariance() -> None:
    record = EXPECTED[f"{PRN}ht_total_change"]
    design, _ = coordinated_days()
    change = paired_change(estimate(design, _functionals(Total)))
    tolerance = record["rel_tol"]
    assert change.difference == pytest.approx(record["estimate"], rel=tolerance)
    assert change.std_error == pytest.approx(record["se"], rel=tolerance)
    assert change.std_error**2 == pytest.approx(record["var"], rel=tolerance)
    assert change.covariance == pytest.approx(EXPECTED[f"{PRN}ht_cov"]["cov"], rel=tolerance)
    for limits, quantile in (
        (record["ci95_z"], stats.norm.ppf(0.975)),
        (record["ci95_t"], stats.t.ppf(0.975, design.degrees_of_freedom())),
    ):
        reach = quantile * change.std_error
        assert [change.difference - reach, change.difference + reach] == pytest.approx(limits, rel=tolerance)


def test_change_of_hajek_means() -> None:
    record = EXPECTED[f"{PRN}hajek_mean_change"]
    design, _ = coordinated_days()
    change = paired_change(estimate(design, _functionals()))
    assert change.difference == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert change.std_error == pytest.approx(record["se"], rel=record["rel_tol"])
    independent = np.hypot(change.std_error_before, change.std_error_after)
    assert change.covariance > 0
    assert change.std_error < independent


def test_overlap_of_the_two_days() -> None:
    record = EXPECTED[f"{PRN}overlap"]
    design, _ = coordinated_days()
    days = [set(design.units[design.samples == day].tolist()) for day in (1, 2)]
    assert (len(days[0]), len(days[1]), len(days[0] & days[1])) == (record["n1"], record["n2"], record["n_overlap"])


def test_relative_change_of_a_ratio_is_that_of_its_linear_form() -> None:
    design, y = coordinated_days()
    exposure = 1.0 + np.arange(len(y)) % 5
    days = [design.samples == day for day in (1, 2)]
    ratios = [Ratio(y * exposure, exposure, day) for day in days]
    change = paired_change(estimate(design, ratios))
    assert change.ratio is not None
    combined = ratios[1].influence(design.weights) - change.ratio * ratios[0].influence(design.weights)
    variance = design.total_covariance(combined[:, None])[0, 0] / change.before**2
    assert change.ratio_std_error == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_a_probability_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="probabilit"):
        CoordinatedPoissonDesign(
            units=np.array([1, 2]), samples=np.array(["a", "a"]), inclusion_probabilities=np.array([0.5, 1.5])
        )


P1, P2 = np.array([0.3, 0.7, 1.0, 0.2]), np.array([0.5, 0.4, 0.6, 0.2])
Y1, Y2 = np.array([1.0, 2.0, 1.0, 3.0]), np.array([1.0, 0.0, 2.0, 5.0])


def test_covariance_is_unbiased_over_every_possible_pair_of_samples() -> None:
    joint = np.minimum(P1, P2)
    chances = np.stack([1 - np.maximum(P1, P2), P1 - joint, P2 - joint, joint])  # in neither, first, second, both
    expected = np.zeros((2, 2))
    for states in product(range(4), repeat=len(P1)):
        chance = np.prod(chances[list(states), np.arange(len(P1))])
        if chance == 0.0:
            continue
        first, second = (np.flatnonzero([state in kept for state in states]) for kept in ((1, 3), (2, 3)))
        design = CoordinatedPoissonDesign(
            units=np.concatenate([first, second]),
            samples=np.repeat(["first", "second"], [len(first), len(second)]),
            inclusion_probabilities=np.concatenate([P1[first], P2[second]]),
        )
        values = np.zeros((len(first) + len(second), 2))
        values[: len(first), 0], values[len(first) :, 1] = Y1[first], Y2[second]
        expected += chance * design.total_covariance(values)
    true_covariance = np.sum((joint - P1 * P2) / (P1 * P2) * Y1 * Y2)
    true = [[np.sum((1 / P1 - 1) * Y1**2), true_covariance], [true_covariance, np.sum((1 / P2 - 1) * Y2**2)]]
    np.testing.assert_allclose(expected, true, rtol=1e-12)


def test_three_samples_of_one_unit_give_every_pair_its_covariance() -> None:
    p = np.array([0.2, 0.5, 0.4])
    design = CoordinatedPoissonDesign(np.array([7, 7, 7]), np.array([1, 2, 3]), p)
    joint = np.minimum.outer(p, p)
    expected = (joint / np.outer(p, p) - 1.0) / joint
    np.testing.assert_allclose(design.total_covariance(np.eye(3)), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("units", "probabilities", "complaint"),
    [([1, 1], [0.5, 0.5], "1 units are twice"), ([1, 2], [0.5, 0.0], "outside"), ([1, 2], [0.5], "2, 2 and 1 entries")],
)
def test_rows_that_cannot_be_are_refused(units: list[int], probabilities: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CoordinatedPoissonDesign(np.array(units), np.ones(2), np.array(probabilities))
