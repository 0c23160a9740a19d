"""Calibration to known totals: small samples with answers by hand, and totals that cannot be met."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.estimation.calibration.bounded_logit import bounded_logit_calibrated
from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.calibration.post_stratification import post_stratified
from lib.estimation.calibration.raking import raked
from lib.estimation.calibration.regression import regression_calibrated
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.stratified import simple_random_sample
from lib.estimation.functionals import Total

FOUR = simple_random_sample(n_sampled=4, population_size=40)
CELLS = ["a", "a", "a", "b"]


def totals_of(values: dict[str, list[float]], totals: dict[str, float]) -> KnownTotals:
    return KnownTotals.of({name: np.array(column, dtype=float) for name, column in values.items()}, totals)


def test_post_stratification_scales_cells() -> None:
    design = post_stratified(FOUR, CELLS, {"a": 24.0, "b": 16.0})
    assert list(design.weights) == pytest.approx([8, 8, 8, 16])
    # cell a: y = 1, 0, 0 around 1/3; s² of g·e over 4 units = (4/9 + 1/9 + 1/9)·0.64/3
    variance = 40**2 * (1 - 4 / 40) / 4 * (6 / 9 * 0.8**2 / 3)
    result = estimate(design, [Total(np.array([1.0, 0.0, 0.0, 1.0]))])
    assert result.values[0] == pytest.approx(8 + 16)
    assert result.covariance[0, 0] == pytest.approx(variance)


def test_every_method_agrees_where_cells_leave_no_choice() -> None:
    known = KnownTotals.of_margins({"cell": CELLS}, {"cell": {"a": 24.0, "b": 16.0}})
    outcome = [Total(np.array([1.0, 0.0, 0.0, 1.0]))]
    expected = estimate(post_stratified(FOUR, CELLS, {"a": 24.0, "b": 16.0}), outcome)
    for design in (
        regression_calibrated(FOUR, known),
        raked(FOUR, known),
        bounded_logit_calibrated(FOUR, known, lowest=0.1, highest=5.0),
    ):
        result = estimate(design, outcome)
        assert list(design.weights) == pytest.approx([8, 8, 8, 16])
        assert result.covariance[0, 0] == pytest.approx(expected.covariance[0, 0])


def test_empty_cells_are_refused_by_name_or_left_out() -> None:
    sizes = {"a": 24.0, "b": 16.0, "c": 5.0, "never": 0.0}
    with pytest.raises(ValueError, match=r"without a sampled unit: \['c'\]"):
        post_stratified(FOUR, CELLS, sizes)
    assert post_stratified(FOUR, CELLS, sizes, is_partial=True).weights.sum() == pytest.approx(40.0)
    with pytest.raises(ValueError, match=r"without a positive population size: \['b'\]"):
        post_stratified(FOUR, CELLS, {"a": 24.0, "b": 0.0})
    with pytest.raises(ValueError, match=r"without a positive population size: \['b'\]"):
        post_stratified(FOUR, CELLS, {"a": 24.0})
    with pytest.raises(ValueError, match=r"'cell' without a sampled unit: \['c'\]"):
        KnownTotals.of_margins({"cell": CELLS}, {"cell": sizes})
    with pytest.raises(ValueError, match="3 cell labels for 4"):
        post_stratified(FOUR, CELLS[:3], sizes)


def test_totals_that_contradict_each_other_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="same population size"):
        KnownTotals.of_margins({"one": CELLS, "two": CELLS}, {"one": {"a": 24, "b": 16}, "two": {"a": 20, "b": 16}})
    clash = totals_of({"x": [1, 2, 3, 4], "twice x": [2, 4, 6, 8]}, {"x": 100, "twice x": 190})
    with pytest.raises(ValueError, match=r"'(twice )?x' reached"):
        regression_calibrated(FOUR, clash)
    agreeing = totals_of({"x": [1, 2, 3, 4], "twice x": [2, 4, 6, 8]}, {"x": 110, "twice x": 220})
    assert regression_calibrated(FOUR, agreeing).weights @ [1, 2, 3, 4] == pytest.approx(110)


def test_totals_out_of_reach_are_refused_by_name() -> None:
    # a mean of x above its largest sampled value needs a negative weight
    far = totals_of({"units": [1, 1, 1, 1], "x": [1, 2, 3, 4]}, {"units": 40, "x": 170})
    assert regression_calibrated(FOUR, far).weights.min() < 0.0
    with pytest.raises(ValueError, match=r"\(raking\) did not converge: '(units|x)' reached .* drop one"):
        raked(FOUR, far)
    near = totals_of({"units": [1, 1, 1, 1], "x": [1, 2, 3, 4]}, {"units": 40, "x": 140})
    assert raked(FOUR, near).weights.min() > 0.0
    with pytest.raises(ValueError, match=r"\[0.8, 1.25\].*widen the bounds"):
        bounded_logit_calibrated(FOUR, near, lowest=0.8, highest=1.25)


def test_wrong_inputs_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"unpaired: \['x'\]"):
        totals_of({"units": [1, 1]}, {"units": 2, "x": 3})
    with pytest.raises(ValueError, match="lengths"):
        totals_of({"units": [1, 1], "x": [1]}, {"units": 2, "x": 3})
    with pytest.raises(ValueError, match="'x' has missing"):
        totals_of({"x": [1, np.nan]}, {"x": 3})
    with pytest.raises(ValueError, match="total of 'x' is nan"):
        totals_of({"x": [1, 1]}, {"x": np.nan})
    with pytest.raises(ValueError, match="No sampled unit has 'x'"):
        totals_of({"x": [0, 0]}, {"x": 3})
    with pytest.raises(ValueError, match="at least one known total"):
        totals_of({}, {})
    units = totals_of({"units": [1, 1, 1, 1]}, {"units": 40})
    with pytest.raises(ValueError, match=r"\['units'\] are given twice"):
        units.joined(units)
    with pytest.raises(ValueError, match="4 units, the sample has 3"):
        regression_calibrated(simple_random_sample(n_sampled=3, population_size=40), units)
    with pytest.raises(ValueError, match="lowest < 1 < highest"):
        bounded_logit_calibrated(FOUR, units, lowest=1.0, highest=2.0)
    negative = regression_calibrated(
        FOUR, totals_of({"units": [1, 1, 1, 1], "x": [1, 2, 3, 4]}, {"units": 40, "x": 170})
    )
    with pytest.raises(ValueError, match="weights >= 0"):
        raked(negative, units)


def test_a_variable_that_is_nowhere_changes_nothing() -> None:
    known = totals_of({"units": [1, 1, 1, 1], "absent": [0, 0, 0, 0]}, {"units": 44, "absent": 0})
    assert list(regression_calibrated(FOUR, known).weights) == pytest.approx([11.0] * 4)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), units_per_total=st.floats(1e-6, 1e9), far=st.floats(-0.25, 0.25))
@pytest.mark.slow
def test_weights_meet_the_totals_in_any_unit_of_measurement(seed: int, units_per_total: float, far: float) -> None:
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.05, 1.0, 60)
    x = rng.gamma(0.5, units_per_total, 60)
    base = PoissonDesign(probability)
    known = KnownTotals.of(
        {"units": np.ones(60), "x": x}, {"units": base.weights.sum(), "x": float(base.weights @ x) * (1 + far)}
    )
    for design in (regression_calibrated(base, known), raked(base, known)):
        assert design.weights @ known.values == pytest.approx(known.totals, rel=1e-10)
        # what is known has no variance
        std_errors = estimate(design, [Total(np.ones(60)), Total(x)]).std_errors
        assert std_errors == pytest.approx([0.0, 0.0], abs=1e-6 * max(known.totals))


def test_a_cell_whose_units_have_no_weight_is_refused_by_name() -> None:
    far = totals_of({"units": [1, 1, 1, 1], "x": [1, 2, 3, 4]}, {"units": 40, "x": 170})
    negative = regression_calibrated(FOUR, far)  # the first unit's weight is below 0
    with pytest.raises(ValueError, match=r"no weight: \['b'\]"):
        post_stratified(negative, ["b", "a", "a", "a"], {"a": 24.0, "b": 16.0})


def test_the_total_that_is_missed_most_is_named() -> None:
    totals = {"x": 110.0, "again": 300.0}  # the same variable twice: it reaches 132.5, nearer to the first
    for names in (("x", "again"), ("again", "x")):
        clash = totals_of({name: [1, 2, 3, 4] for name in names}, {name: totals[name] for name in names})
        with pytest.raises(ValueError, match=r"'again' reached 132\.5"):
            regression_calibrated(FOUR, clash)
