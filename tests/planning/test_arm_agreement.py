"""The validation arm against the sample it is a part of."""

import numpy as np
import pytest

from lib.planning.arm_agreement import ArmComparison, ArmSums, compare_arms
from lib.planning.cells import FloatArray
from tests.planning.frames import UNIFORM_SHARE, UnitFrame, unit_frame

SAMPLE_SIZE = 1500


def comparisons(frame: UnitFrame, *, p_used: FloatArray, p_drawn: FloatArray, n: int) -> list[ArmComparison]:
    """The arm beside the sample in n draws with `p_drawn`, weighted as if it were `p_used`."""
    random, found = np.random.default_rng(6), []
    mixture = frame.mixture / frame.mixture.sum()
    p_arm = np.minimum(1.0, SAMPLE_SIZE * UNIFORM_SHARE * mixture)
    assert (p_arm <= p_drawn).all()
    for _ in range(n):
        u = random.random(frame.size)
        value = frame.views * (random.random(frame.size) < frame.scores["common"])
        drawn = u < p_drawn
        v, p, pa = value[drawn], p_used[drawn], p_arm[drawn]
        terms = v**2 * (1 / pa - 1 / p) / p
        in_arm = u[drawn] < pa
        result = compare_arms(
            ArmSums(
                total=float((v / p).sum()),
                arm_total=float((v / pa)[in_arm].sum()),
                variance=float(terms.sum()),
                sum_squared_terms=float((terms**2).sum()),
            )
        )
        if result is not None:
            found.append(result)
    return found


@pytest.fixture(scope="module")
def frame() -> UnitFrame:
    return unit_frame(np.random.default_rng(3), size=8_000, prevalences=(0.04, 0.01))


@pytest.mark.slow
def test_right_probabilities_seldom_disagree_and_the_statistic_has_variance_one(frame: UnitFrame) -> None:
    p = np.minimum(1.0, SAMPLE_SIZE * frame.size_measure)
    found = comparisons(frame, p_used=p, p_drawn=p, n=1500)
    statistics = np.array([result.statistic for result in found])
    assert len(found) > 1400
    assert np.mean([result.p_value < 0.05 for result in found]) < 0.065
    # Taken for independent, the two would have a variance of their difference twice as large as it is and more.
    assert statistics.std() == pytest.approx(1.0, abs=0.12)
    assert abs(statistics.mean()) < 0.15


def test_wrong_probabilities_are_found(frame: UnitFrame) -> None:
    p = np.minimum(1.0, SAMPLE_SIZE * frame.size_measure)
    # As if the score had steered the draw half as much as it did.
    p_arm = np.minimum(1.0, SAMPLE_SIZE * UNIFORM_SHARE * frame.mixture / frame.mixture.sum())
    found = comparisons(frame, p_used=np.sqrt(p * p_arm), p_drawn=p, n=200)
    assert np.mean([result.p_value < 0.05 for result in found]) > 0.5


def test_by_hand() -> None:
    result = compare_arms(ArmSums(total=100.0, arm_total=130.0, variance=225.0, sum_squared_terms=225.0**2 / 11))
    assert result is not None
    assert (result.difference, result.statistic) == pytest.approx((30.0, 2.0))
    assert result.degrees_of_freedom == pytest.approx(10.0)
    assert result.p_value == pytest.approx(0.0733880, abs=1e-6)  # two-sided t of 2 with 10 degrees of freedom


@pytest.mark.parametrize("sums", [ArmSums(0.0, 0.0, 0.0, 0.0), ArmSums(9.0, 0.0, 4.0, 16.0)])
def test_no_violation_or_a_single_one_cannot_disagree(sums: ArmSums) -> None:
    assert compare_arms(sums) is None
