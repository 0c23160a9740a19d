import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.isotonic import IsotonicRegression

from lib.scoring.score_calibration import fit_calibration, noisy_or_margins

Floats = npt.NDArray[np.float64]


def curve(margins: list[float], outcomes: list[int], weights: list[float], shrinkage: float = 0.0) -> list[float]:
    """The fitted probabilities at the margins fitted on."""
    x = np.array(margins, dtype=np.float64)
    calibration = fit_calibration(x, np.array(outcomes, dtype=np.bool_), np.array(weights), shrinkage=shrinkage)
    return calibration.probabilities_at(x).tolist()


@pytest.mark.parametrize(
    ("margins", "outcomes", "weights", "expected"),
    [
        # The violators 1, 0 are pooled: (1·1 + 1·0) / 2.
        ([-2, -1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1], [0, 0.5, 0.5, 1]),
        # The same with a design weight of 3 on the negative: (1·1 + 3·0) / 4.
        ([-2, -1, 0, 1], [0, 1, 0, 1], [1, 1, 3, 1], [0, 0.25, 0.25, 1]),
        # Equal margins are one step: (2·1 + 3·0) / 5.
        ([0, 0, 1], [1, 0, 1], [2, 3, 1], [0.4, 0.4, 1]),
        # A ranking that is upside down says nothing: the weighted base rate (2·1) / (2 + 1 + 1).
        ([-1, 0, 1], [1, 0, 0], [2, 1, 1], [0.5, 0.5, 0.5]),
    ],
)
def test_isotonic_fit_by_hand(
    margins: list[float], outcomes: list[int], weights: list[float], expected: list[float]
) -> None:
    assert curve(margins, outcomes, weights) == pytest.approx(expected, abs=1e-8)


def test_shrinkage_by_hand() -> None:
    # Base rate 1/2, ε = 0.2: 0 → 0.1, 0.5 → 0.5, 1 → 0.9.
    assert curve([-2, -1, 0, 1], [0, 1, 0, 1], [1, 1, 1, 1], 0.2) == pytest.approx([0.1, 0.5, 0.5, 0.9])


def test_between_knots_it_is_linear_and_beyond_them_constant() -> None:
    calibration = fit_calibration(np.array([0.0, 1.0]), np.array([False, True]), np.array([1.0, 1.0]), shrinkage=0.2)

    assert calibration.probabilities_at(np.array([-9.0, 0.25, 9.0])).tolist() == pytest.approx([0.1, 0.3, 0.9])


labelled_margins = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.float64, n, elements=st.integers(-5, 5).map(float)),
        hnp.arrays(np.bool_, n),
        hnp.arrays(np.float64, n, elements=st.floats(1.0, 1000.0)),
    )
)


@given(labelled_margins, st.sampled_from([0.0, 0.1, 0.5]))
@pytest.mark.slow
def test_it_keeps_the_weighted_mean_and_its_limits(
    case: tuple[Floats, npt.NDArray[np.bool_], Floats], shrinkage: float
) -> None:
    margins, outcomes, weights = case

    calibration = fit_calibration(margins, outcomes, weights, shrinkage=shrinkage)

    fitted = calibration.probabilities_at(margins)
    base_rate = np.average(outcomes, weights=weights)
    assert np.average(fitted, weights=weights) == pytest.approx(base_rate, abs=1e-8)
    assert (np.diff(calibration.margins) > 0).all()
    assert (np.diff(calibration.probabilities) >= -1e-15).all()
    assert fitted.min() >= shrinkage * base_rate - 1e-12
    assert fitted.max() <= 1 - shrinkage * (1 - base_rate) + 1e-8
    assert np.isfinite(noisy_or_margins(fitted[:, None])).all()


@given(labelled_margins)
@pytest.mark.slow
def test_it_is_the_isotonic_regression_of_scikit_learn(case: tuple[Floats, npt.NDArray[np.bool_], Floats]) -> None:
    margins, outcomes, weights = case
    reference = IsotonicRegression(out_of_bounds="clip").fit(margins, outcomes, sample_weight=weights)
    asked = np.linspace(-6, 6, 49)

    calibration = fit_calibration(margins, outcomes, weights, shrinkage=0.0)

    np.testing.assert_allclose(calibration.probabilities_at(asked), reference.predict(asked), atol=1e-8)


def test_noisy_or_by_hand() -> None:
    probabilities = np.array([[0.5, 0.5], [0.2, 0.1], [1e-9, 1e-9]])
    expected = np.array([0.75, 1 - 0.8 * 0.9, 2e-9])

    odds = np.exp(noisy_or_margins(probabilities))

    np.testing.assert_allclose(odds / (1 + odds), expected, rtol=1e-6)
