"""Joint inclusion probabilities against reference matrices, and against all samples of tiny populations."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lib.estimation.designs.joint_probabilities.conditional_poisson import conditional_poisson_joint
from lib.estimation.designs.joint_probabilities.elimination import midzuno_joint, tille_joint
from lib.estimation.designs.joint_probabilities.sampford import sampford_joint
from lib.estimation.designs.joint_probabilities.systematic import systematic_joint
from tests.estimation.references import oracle_path, shared_oracles

JointProbabilities = Callable[[list[float]], np.ndarray]
PI = [0.2, 0.25, 0.35, 0.4, 0.5, 0.6, 0.7]
DESIGNS: dict[str, JointProbabilities] = {
    "UPsampfordpi2": sampford_joint,
    "UPtillepi2": tille_joint,
    "UPmidzunopi2": midzuno_joint,
    "UPsystematicpi2": systematic_joint,
}
FIXED_SIZE = [conditional_poisson_joint, *DESIGNS.values()]


@pytest.mark.parametrize("name", DESIGNS)
def test_r_sampling_gives_the_same_matrices(name: str) -> None:
    expected = pd.read_csv(shared_oracles("c11_enumeration") / f"joint_{name}.csv").to_numpy()
    assert DESIGNS[name](PI) == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_systematic_sampling_by_hand() -> None:
    # ends .3, .9, 1.3, 2: starts up to .3 take units 0 and 2, up to .9 units 1 and 3, above it units 2 and 3
    expected = np.diag([0.3, 0.6, 0.4, 0.7])
    for i, j, probability in ((0, 2, 0.3), (1, 3, 0.6), (2, 3, 0.1)):
        expected[i, j] = expected[j, i] = probability
    assert systematic_joint([0.3, 0.6, 0.4, 0.7]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("joint", FIXED_SIZE)
def test_probabilities_that_add_up_but_for_rounding_are_mended_and_certain_units_added(
    joint: JointProbabilities,
) -> None:
    rounded = [0.3333333, 0.3333333, 0.3333333, 1.0]
    assert joint(rounded) == pytest.approx(joint([1 / 3, 1 / 3, 1 / 3, 1.0]), abs=1e-12)
    found = joint([0.4, 1.0, 0.9, 0.7])
    assert found[1] == pytest.approx([0.4, 1.0, 0.9, 0.7])
    assert found[0, [2, 3]] == pytest.approx([0.3, 0.1])  # of three units two: each pair is 1 - π of the third


@pytest.mark.parametrize("joint", FIXED_SIZE)
def test_certain_units_alone_are_always_together(joint: JointProbabilities) -> None:
    assert np.array_equal(joint([1.0, 1.0, 1.0]), np.ones((3, 3)))


def test_maximum_entropy_gives_the_matrix_of_the_enumeration() -> None:
    expected = pd.read_csv(oracle_path("max_entropy_joint.csv")).to_numpy()
    assert conditional_poisson_joint(np.diag(expected).tolist()) == pytest.approx(expected, rel=1e-12)


def enumerated(probability_of: Callable[[tuple[int, ...]], float], n_units: int, n: int) -> np.ndarray:
    joint = np.zeros((n_units, n_units))
    for sample in combinations(range(n_units), n):
        joint[np.ix_(sample, sample)] += probability_of(sample)
    return joint / joint.trace() * n


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_sampford_is_its_definition(n: int) -> None:
    """P(s) ∝ Π π/(1 - π) · Σ (1 - π), over all samples."""
    size = np.array([1.0, 1.5, 2.0, 1.2, 0.8, 1.7])
    pi = n * size / size.sum() if n < 5 else np.array([0.9, 0.8, 0.85, 0.75, 0.95, 0.75])
    expected = enumerated(lambda s: float(np.prod(pi[[*s]] / (1 - pi[[*s]])) * np.sum(1 - pi[[*s]])), 6, n)
    assert np.diag(expected) == pytest.approx(pi, rel=1e-12)
    assert sampford_joint(pi.tolist()) == pytest.approx(expected, rel=1e-11, abs=1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_conditional_poisson_is_its_definition(n: int) -> None:
    """P(s) ∝ Π of the odds, over all samples; the odds are given, π follows."""
    odds = np.array([0.3, 4.0, 1.0, 0.05, 1.0])
    expected = enumerated(lambda s: float(np.prod(odds[[*s]])), 5, n)
    assert conditional_poisson_joint(np.diag(expected).tolist()) == pytest.approx(expected, rel=1e-10, abs=1e-15)


@pytest.mark.parametrize("joint_probabilities", FIXED_SIZE)
def test_each_row_adds_up_to_n_times_its_probability(joint_probabilities: JointProbabilities) -> None:
    """Σ_j π_ij = n π_i for any design of fixed size; here two units are certain and n is 6."""
    pi = [*PI[:3], 1.0, *PI[3:], 1.0, 0.999, 0.001]
    joint = joint_probabilities(pi)
    assert joint == pytest.approx(joint.T)
    assert joint.sum(axis=1) == pytest.approx(6 * np.array(pi), rel=1e-9)
    assert joint[3] == pytest.approx(pi)


@pytest.mark.parametrize("joint_probabilities", [conditional_poisson_joint, sampford_joint])
def test_hundreds_of_very_uneven_units(joint_probabilities: JointProbabilities) -> None:
    size = np.exp(np.random.default_rng(5).normal(0.0, 1.5, 300))
    pi = np.minimum(0.99, 30 * size / size.sum())
    pi[np.argmin(size)] += 1.0 - pi.sum() % 1.0
    joint = joint_probabilities(pi.tolist())
    assert joint.sum(axis=1) == pytest.approx(round(pi.sum()) * pi, rel=1e-9)
    assert (joint <= np.minimum(pi[:, None], pi) * (1 + 1e-9)).all()


@pytest.mark.parametrize("joint_probabilities", FIXED_SIZE)
def test_nearly_certain_pair_of_which_one_is_taken(joint_probabilities: JointProbabilities) -> None:
    """n = 1 of 2: never both. The full multiplicative step for conditional Poisson never settles here."""
    assert joint_probabilities([0.999, 0.001]) == pytest.approx(np.diag([0.999, 0.001]), abs=1e-12)


@pytest.mark.parametrize("joint_probabilities", FIXED_SIZE)
def test_a_census_is_certain(joint_probabilities: JointProbabilities) -> None:
    assert joint_probabilities([1.0, 1.0, 1.0]) == pytest.approx(np.ones((3, 3)))


@pytest.mark.parametrize("joint_probabilities", FIXED_SIZE)
@pytest.mark.parametrize("bad", [[0.5, 0.4], [0.5, 0.0], [0.5, 1.5]])
def test_probabilities_of_no_fixed_size_are_refused(joint_probabilities: JointProbabilities, bad: list[float]) -> None:
    with pytest.raises(ValueError, match="inclusion_probability"):
        joint_probabilities(bad)
