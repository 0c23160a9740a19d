"""Expectations over every possible sample of tiny populations: no simulation error."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.joint_probabilities.conditional_poisson import conditional_poisson_joint
from lib.estimation.designs.joint_probabilities.elimination import tille_joint
from lib.estimation.designs.joint_probabilities.sampford import sampford_joint
from lib.estimation.designs.pairwise_variance import VARIANCE_FORMS, VarianceForm
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.pps_fixed_size import PpsFixedSize
from lib.estimation.designs.pps_joint import PpsJoint
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.designs.stratified import StratifiedDesign
from lib.estimation.functionals import FloatArray, Functional, Ratio, Total, mean
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

Y = np.array([1.0, 0.0, 3.0, 2.0, 7.0])
SIZE = np.array([0.5, 1.0, 1.5, 0.7, 1.3])
EXPECTED = oracle_results("element_designs_expected.json")


@dataclass(frozen=True)
class Expectation:
    value: float
    variance: float
    variance_estimate: float


def expectation(samples: Iterator[tuple[float, float, float]]) -> Expectation:
    """From (chance, estimate, variance estimate) of every sample; the chances must add up to 1."""
    chance, value, variance = (np.array(column) for column in zip(*samples, strict=True))
    assert chance.sum() == pytest.approx(1.0, rel=1e-12)
    centre = chance @ value
    return Expectation(centre, chance @ (value - centre) ** 2, chance @ variance)


def assessed(design: LinearisedDesign, functional: Functional) -> tuple[float, float]:
    """Estimate and variance; unlike `estimate`, it keeps the negative variances, which unbiasedness needs."""
    influence = functional.influence(design.weights)
    return functional.value(design.weights), float(design.total_covariance(influence[:, None])[0, 0])


def test_poisson_is_unbiased_in_estimate_and_variance() -> None:
    p = np.array([0.3, 0.8, 1.0, 0.5, 0.1])

    def samples() -> Iterator[tuple[float, float, float]]:
        for taken in map(np.array, product([False, True], repeat=5)):
            chance = float(np.prod(np.where(taken, p, 1 - p)))
            if chance > 0.0:
                yield chance, *assessed(PoissonDesign(p[taken]), Total(Y[taken]))

    total = expectation(samples())
    assert total.value == pytest.approx(Y.sum(), rel=1e-12)
    assert total.variance == pytest.approx(np.sum(Y**2 * (1 - p) / p), rel=1e-12)
    assert total.variance_estimate == pytest.approx(total.variance, rel=1e-12)


@pytest.mark.parametrize("n_draws", [2, 3])
def test_draws_with_replacement_are_unbiased_in_estimate_and_variance(n_draws: int) -> None:
    p = SIZE / SIZE.sum()

    def samples() -> Iterator[tuple[float, float, float]]:
        for draws in map(list, product(range(5), repeat=n_draws)):
            yield float(np.prod(p[draws])), *assessed(PpsWithReplacement.from_draws(p[draws]), Total(Y[draws]))

    total = expectation(samples())
    assert total.value == pytest.approx(Y.sum(), rel=1e-12)
    assert total.variance == pytest.approx(np.sum(p * (Y / p - Y.sum()) ** 2) / n_draws, rel=1e-12)
    assert total.variance_estimate == pytest.approx(total.variance, rel=1e-12)


WANTED = 3 * SIZE / SIZE.sum()


def chance_of_conditional_poisson(sample: list[int]) -> float:
    """∝ the product of the odds, which are the sizes; the inclusion probabilities follow."""
    return float(np.prod(SIZE[sample]))


def chance_of_sampford(sample: list[int]) -> float:
    return float(np.prod(WANTED[sample] / (1 - WANTED[sample])) * np.sum(1 - WANTED[sample]))


def chance_of_elimination(sample: list[int]) -> float:
    """Five units, two are struck in either order; of the first four left, the two largest are certain to be two."""
    of_four = np.where(SIZE > 1.2, 1.0, 2.0 * SIZE / SIZE[SIZE < 1.2].sum())
    struck_first, struck_next = 1.0 - of_four, 1.0 - WANTED / of_four
    one, other = (unit for unit in range(5) if unit not in sample)
    return float(struck_first[one] * struck_next[other] + struck_first[other] * struck_next[one])


@pytest.mark.parametrize(
    ("chance_of", "joint_probabilities"),
    [
        (chance_of_conditional_poisson, conditional_poisson_joint),
        (chance_of_sampford, sampford_joint),
        (chance_of_elimination, tille_joint),
    ],
)
@pytest.mark.parametrize("form", VARIANCE_FORMS)
def test_joint_probabilities_make_total_and_variance_unbiased(
    chance_of: Callable[[list[int]], float],
    joint_probabilities: Callable[[FloatArray], FloatArray],
    form: VarianceForm,
) -> None:
    samples = [[*sample] for sample in combinations(range(5), 3)]
    chances = np.array([chance_of(sample) for sample in samples])
    chances /= chances.sum()
    pi = np.array([chances[[unit in sample for sample in samples]].sum() for unit in range(5)])
    if chance_of is not chance_of_conditional_poisson:
        assert pi == pytest.approx(WANTED, rel=1e-12)
    joint = joint_probabilities(pi)
    total = expectation(
        (chance, *assessed(PpsJoint(joint[np.ix_(sample, sample)], form), Total(Y[sample])))
        for chance, sample in zip(chances, samples, strict=True)
    )
    assert total.value == pytest.approx(Y.sum(), rel=1e-12)
    assert total.variance_estimate == pytest.approx(total.variance, rel=1e-10)


def stratified_samples() -> Iterator[tuple[pd.DataFrame, float]]:
    """All samples of two of five units (a) and two of three (b), as in c11_enumeration.strat_srs."""
    population = pd.DataFrame(
        {"h": [*"aaaaabbb"], "y": [1, 0, 0, 1, 0, 0, 1, 1], "v": [5, 1, 40, 7, 2, 100, 3, 9], "N_h": [5] * 5 + [3] * 3}
    )
    for first, second in product(combinations(range(5), 2), combinations(range(5, 8), 2)):
        yield population.iloc[[*first, *second]], 1.0 / 30.0


@pytest.mark.parametrize("name", ["total", "mean", "ratio"])
def test_stratified_expectations_are_those_of_the_reference(name: str) -> None:
    record = EXPECTED[f"c11_enumeration.strat_srs.{name}"]

    def samples() -> Iterator[tuple[float, float, float]]:
        for data, chance in stratified_samples():
            y, v = (data[column].to_numpy(dtype=np.float64) for column in ("y", "v"))
            functional = {"total": Total(y), "mean": mean(y), "ratio": Ratio(y * v, v)}[name]
            yield chance, *assessed(StratifiedDesign(data["h"], data["N_h"]), functional)

    assert_expectation(expectation(samples()), record)


def assert_expectation(found: Expectation, record: dict[str, float]) -> None:
    assert found.value == pytest.approx(record["expectation"], rel=1e-7)
    assert found.variance == pytest.approx(record["true_variance"], rel=1e-7)
    assert found.variance_estimate == pytest.approx(record["expected_variance_estimate"], rel=1e-7)
    if record["variance_unbiased"]:
        assert found.variance_estimate == pytest.approx(found.variance, rel=1e-7)


MAX_ENTROPY_Y = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
MAX_ENTROPY_VIEWS = np.array([3.0, 5.0, 8.0, 10.0, 20.0, 30.0, 60.0])
MAX_ENTROPY_JOINT = pd.read_csv(oracle_path("max_entropy_joint.csv")).to_numpy()


def max_entropy_design(name: str, sample: list[int]) -> LinearisedDesign:
    pi = np.diag(MAX_ENTROPY_JOINT)
    joint = MAX_ENTROPY_JOINT[np.ix_(sample, sample)]
    square = np.full(3, np.sum(pi**2))
    return {
        "totalHT": PpsJoint(joint, "horvitz_thompson"),
        "viewsHT": PpsJoint(joint, "horvitz_thompson"),
        "totalYG": PpsJoint(joint, "yates_grundy"),
        "viewsYG": PpsJoint(joint, "yates_grundy"),
        "brewer": PpsFixedSize(pi[sample], "brewer"),
        "hr": PpsFixedSize(pi[sample], "hartley_rao"),
        "hr_psum": PpsFixedSize(pi[sample], "hartley_rao", squared_probability_total=square),
        "wr": PpsWithReplacement(1.0 / pi[sample]),
    }[name]


MAX_ENTROPY_NAMES = ["totalHT", "totalYG", "viewsHT", "viewsYG", "brewer", "hr", "hr_psum", "wr"]


def max_entropy_estimate(name: str, sample: list[int]) -> tuple[float, float]:
    values = MAX_ENTROPY_VIEWS if name.startswith("views") else MAX_ENTROPY_Y
    return assessed(max_entropy_design(name, sample), Total(values[sample]))


@pytest.mark.parametrize("name", MAX_ENTROPY_NAMES)
@pytest.mark.slow
def test_every_maximum_entropy_sample_has_the_variance_of_r_survey(name: str) -> None:
    for row in pd.read_csv(shared_oracles("c11_enumeration") / "enum_max_entropy.csv").to_dict("records"):
        sample = [int(unit) - 1 for unit in str(row["sample"]).split("-")]
        assert max_entropy_estimate(name, sample) == pytest.approx((row[name], row[f"{name}_var"]), rel=1e-9)


@pytest.mark.parametrize("name", MAX_ENTROPY_NAMES)
@pytest.mark.slow
def test_maximum_entropy_expectations_are_those_of_the_reference(name: str) -> None:
    samples = [[*sample] for sample in combinations(range(7), 3)]
    chances = max_entropy_chances(samples)
    found = expectation(
        (chance, *max_entropy_estimate(name, sample)) for chance, sample in zip(chances, samples, strict=True)
    )
    assert_expectation(found, EXPECTED[f"c11_enumeration.max_entropy.{name}"])


def max_entropy_chances(samples: list[list[int]]) -> list[float]:
    """∝ the product of odds, and those of two units are as (π_i - π_ij) to (π_j - π_ij); the last unit has 1."""
    pi, joint = np.diag(MAX_ENTROPY_JOINT), MAX_ENTROPY_JOINT[-1, :-1]
    odds = np.append((pi[:-1] - joint) / (pi[-1] - joint), 1.0)
    weights = [float(np.prod(odds[sample])) for sample in samples]
    return [weight / sum(weights) for weight in weights]


def test_estimates_of_several_statistics_carry_their_covariance() -> None:
    """V̂(a + b) = V̂(a) + V̂(b) + 2 Ĉov for every design: bilinear in the influence values."""
    pi = np.array([0.3, 0.5, 0.2, 0.6])
    y, x = np.array([1.0, 0.0, 2.0, 5.0]), np.array([3.0, 1.0, 1.0, 2.0])
    joint = conditional_poisson_joint([*pi, 0.4])[:4, :4]
    designs = [
        PoissonDesign(pi),
        StratifiedDesign([*"aabb"], [9, 9, 7, 7]),
        PpsWithReplacement(1.0 / pi),
        *(PpsFixedSize(pi, method) for method in ("brewer", "deville", "hartley_rao", "overton")),
        *(PpsJoint(joint, form) for form in VARIANCE_FORMS),
    ]
    for design in designs:
        covariance = design.total_covariance(np.stack([y, x, y + x], axis=1))
        assert covariance == pytest.approx(covariance.T)
        assert covariance[2, 2] == pytest.approx(covariance[:2, :2].sum())
        if covariance[1, 1] >= 0.0:
            assert estimate(design, [Total(x)]).covariance[0, 0] == pytest.approx(covariance[1, 1])
