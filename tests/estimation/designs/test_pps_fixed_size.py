"""Fixed-size samples with unequal probabilities: approximations and joint probabilities against reference numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.joint_probabilities.conditional_poisson import conditional_poisson_joint
from lib.estimation.designs.pps_fixed_size import PpsApproximation, PpsFixedSize
from lib.estimation.designs.pps_joint import PpsJoint
from lib.estimation.functionals import Ratio, Total
from tests.estimation.designs.cluster_cases import shared_records
from tests.estimation.designs.survey_calls import assert_matches
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

METHODS: dict[str, PpsApproximation] = {"brew": "brewer", "hr": "hartley_rao", "overt": "overton"}
EXPECTED = oracle_results("element_designs_expected.json")
LOCAL_STRATIFIED = [record for record_id, record in EXPECTED.items() if ".sp_" in record_id]
LOCAL_JOINT = [record for record_id, record in EXPECTED.items() if ".cps_" in record_id]
JOINT_DESIGNS = {"cps_ht": "horvitz_thompson", "cps_yg": "yates_grundy"}


def approximated(data: pd.DataFrame, name: str) -> PpsFixedSize:
    prefix, _, short = name.rpartition("_")
    return PpsFixedSize(data["pi"], METHODS[short], data["stratum"] if prefix == "sp" else None)


@pytest.mark.parametrize("record", LOCAL_STRATIFIED, ids=lambda record: record["id"])
def test_approximations_in_strata_match_r_survey(record: dict[str, Any]) -> None:
    data = pd.read_csv(oracle_path("stratified_pps_sample.csv"))
    assert_matches(approximated(data, record["design"]), data, record)


@pytest.mark.parametrize("record", LOCAL_JOINT, ids=lambda record: record["id"])
@pytest.mark.slow
def test_joint_probabilities_of_our_own_match_r_survey(record: dict[str, Any]) -> None:
    """The record rests on π_ij computed elsewhere, from π rounded to nine digits: they agree to 1e-9."""
    population = pd.read_csv(oracle_path("conditional_poisson_frame.csv"))
    taken = population["is_sampled"].to_numpy(dtype=bool)
    joint = conditional_poisson_joint(population["pi_target"])[np.ix_(taken, taken)]
    data = population[taken]
    loose = {**record, "rel_tol": 1e-7}
    assert_matches(PpsJoint(joint, JOINT_DESIGNS[record["design"]]), data, loose)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("case", "record"),
    [
        pytest.param(case, *parameter.values, id=parameter.id)
        for case, designs in (
            ("c01_poisson_pps", ("brew.", "hr.", "overt.", "cps_brew.", "cps_hr.", "cps_overt.")),
            ("c02_stratified", ("sp_brew.", "sp_hr.", "sp_overt.")),
        )
        for parameter in shared_records(case, *designs)
    ],
)
@pytest.mark.slow
def test_every_shared_record_of_an_approximation(case: str, record: dict[str, Any]) -> None:
    name = record["design"]
    file = {"sp": "sample_strat_pps.csv", "cps": "sample_cps.csv"}.get(name.rpartition("_")[0], "sample_poisson.csv")
    data = pd.read_csv(shared_oracles(case) / file)
    assert_matches(approximated(data, name), data, record)


@pytest.mark.parametrize("record", shared_records("c01_poisson_pps", "cps_ht.", "cps_yg."))
def test_every_shared_record_of_joint_probabilities(record: dict[str, Any]) -> None:
    folder = shared_oracles("c01_poisson_pps")
    data = pd.read_csv(folder / "sample_cps.csv")
    joint = pd.read_csv(folder / "sample_cps_joint_pi.csv", index_col=0)
    assert_matches(PpsJoint(joint, JOINT_DESIGNS[record["design"]]), data, record)  # type: ignore[arg-type]


@pytest.mark.parametrize("record", shared_records("c01_poisson_pps", "cps.sampling_var"))
def test_variances_of_the_sampling_package(record: dict[str, Any]) -> None:
    folder = shared_oracles("c01_poisson_pps")
    data = pd.read_csv(folder / "sample_cps.csv")
    joint = pd.read_csv(folder / "sample_cps_joint_pi.csv", index_col=0)
    design = {
        "varHT1": PpsJoint(joint, "horvitz_thompson"),
        "varHT2": PpsJoint(joint, "yates_grundy"),
        "varest": PpsFixedSize(data["pi"], "deville"),
    }[record["id"].rsplit("_", 1)[1]]
    estimates = estimate(design, [Total(data["viol_any"].to_numpy(dtype=np.float64))])
    assert estimates.covariance[0, 0] == pytest.approx(record["var"], rel=record["rel_tol"])


@pytest.mark.parametrize("record", shared_records("c01_poisson_pps", "cps.vartaylor"))
def test_linearised_ratio_of_the_sampling_package(record: dict[str, Any]) -> None:
    folder = shared_oracles("c01_poisson_pps")
    data = pd.read_csv(folder / "sample_cps.csv")
    joint = pd.read_csv(folder / "sample_cps_joint_pi.csv", index_col=0)
    ratio = Ratio(data["viol_views"].to_numpy(dtype=np.float64), data["views"].to_numpy(dtype=np.float64))
    estimates = estimate(PpsJoint(joint, "horvitz_thompson"), [ratio])
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=record["rel_tol"])
    assert estimates.covariance[0, 0] == pytest.approx(record["var"], rel=record["rel_tol"])


@pytest.mark.parametrize("method", ["hartley_rao", "overton"])
@pytest.mark.parametrize("form", ["horvitz_thompson", "yates_grundy"])
def test_separable_sums_equal_the_matrix_of_pairs(method: PpsApproximation, form: Any) -> None:
    """Written out pair by pair, in three strata, one of them with a certain unit."""
    pi = np.array([0.2, 0.5, 0.7, 0.3, 1.0, 0.4, 0.9])
    stratum = np.array([0, 0, 0, 1, 1, 2, 2])
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
    weight = np.zeros((7, 7))
    for i in range(7):
        for j in range(7):
            members = pi[stratum == stratum[i]]
            n = members.size
            if method == "overton":
                ratio = (n - (pi[i] + pi[j]) / 2) / (n - 1)
            else:
                ratio = (n - pi[i] - pi[j] + members.mean()) / (n - 1)
            weight[i, j] = 0.0 if stratum[i] != stratum[j] else 1.0 - (pi[i] if i == j else ratio)
    x = values / pi
    expected = x @ weight @ x if form == "horvitz_thompson" else -0.5 * np.sum(weight * (x[:, None] - x) ** 2)
    design = PpsFixedSize(pi, method, stratum, form)
    assert design.total_covariance(values[:, None]) == pytest.approx(np.array([[expected]]), rel=1e-12)


def test_devilles_variance_by_hand() -> None:
    """Σ (1 - π)(y/π - A)²/(1 - Σ a²), a the units' shares of Σ (1 - π) and A = Σ a y/π, in each stratum."""
    pi, y = np.array([0.2, 0.5, 0.7, 0.3, 0.4]), np.array([3.0, 1.0, 4.0, 2.0, 5.0])
    expected = 0.0
    for members in ([0, 1, 2], [3, 4]):
        doubt, x = 1 - pi[members], y[members] / pi[members]
        share = doubt / doubt.sum()
        expected += (doubt * (x - share @ x) ** 2).sum() / (1 - share @ share)
    design = PpsFixedSize(pi, "deville", ["a", "a", "a", "b", "b"])
    assert estimate(design, [Total(y)]).covariance[0, 0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("method", ["brewer", "deville", "hartley_rao", "overton"])
def test_certain_units_in_a_stratum_of_their_own_add_nothing(method: PpsApproximation) -> None:
    y = np.array([4.0, 7.0, 1.0, 50.0, 900.0])
    pi = np.array([0.3, 0.5, 0.2, 1.0, 1.0])
    alone = estimate(PpsFixedSize(pi[:3], method), [Total(y[:3])])
    together = estimate(PpsFixedSize(pi, method, ["a", "a", "a", "certain", "certain"]), [Total(y)])
    assert together.values[0] == pytest.approx(alone.values[0] + 950.0)
    assert together.covariance == pytest.approx(alone.covariance)
    one = estimate(PpsFixedSize(pi[:4], method, ["a", "a", "a", "certain"]), [Total(y[:4])])
    assert one.covariance == pytest.approx(alone.covariance)


@pytest.mark.parametrize("method", ["brewer", "deville", "hartley_rao", "overton"])
def test_a_total_in_proportion_to_the_probability_has_no_variance(method: PpsApproximation) -> None:
    pi = np.array([0.2, 0.5, 0.7, 0.3])
    assert estimate(PpsFixedSize(pi, method), [Total(pi)]).std_errors == pytest.approx([0.0], abs=1e-7)


def test_a_negative_variance_is_refused_with_the_remedy() -> None:
    joint = conditional_poisson_joint([0.2, 0.25, 0.35, 0.4, 0.5, 0.6, 0.7])[:3, :3]
    views = Total(np.array([3.0, 5.0, 8.0]))
    with pytest.raises(ValueError, match="yates_grundy"):
        estimate(PpsJoint(joint, "horvitz_thompson"), [views])
    assert estimate(PpsJoint(joint, "yates_grundy"), [views]).std_errors[0] > 0.0
    # two units that come together oftener than independent ones would
    with pytest.raises(ValueError, match=r"number 0 is estimated as .*; use an approximation, as brewer"):
        estimate(PpsJoint([[0.5, 0.4], [0.4, 0.5]], "yates_grundy"), [Total(np.array([1.0, 2.0]))])


def test_strata_are_independent_whatever_the_matrix_says_across_them() -> None:
    joint = conditional_poisson_joint([0.2, 0.3, 0.6, 0.9])
    both = np.full((8, 8), np.nan)
    both[:4, :4] = both[4:, 4:] = joint
    y = np.array([1.0, 4.0, 2.0, 6.0])
    stratum = np.repeat(["a", "b"], 4)
    two = estimate(PpsJoint(both, stratum=stratum), [Total(np.concatenate([y, y]))])
    one = estimate(PpsJoint(joint), [Total(y)])
    assert two.covariance == pytest.approx(2.0 * one.covariance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "sen"}, "method: 'sen'"),
        ({"method": "brewer", "form": "yates_grundy"}, "form: brewer"),
        ({"method": "overton", "form": "murthy"}, "form: 'murthy'"),
        ({"method": "brewer", "stratum": ["a", "a", "b"]}, "single unit was sampled in b, so"),
        (
            {"method": "brewer", "stratum": [*"abcdefgh"], "inclusion_probability": [0.5] * 8},
            r"single unit was sampled in a, b, c, d, e, \.\.\., so",
        ),
        ({"method": "overton", "squared_probability_total": [1.0] * 3}, "overton has no use"),
        ({"method": "hartley_rao", "squared_probability_total": [0.1] * 3}, "squared_probability_total: 0.1"),
        ({"method": "brewer", "inclusion_probability": []}, "no sampled unit"),
        ({"method": "brewer", "inclusion_probability": [0.5, 2.0, 0.5]}, "inclusion_probability: 2"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PpsFixedSize(**{"inclusion_probability": [0.3, 0.4, 0.5], **arguments})


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        ([[0.5, 0.0], [0.0, 0.5]], "were sampled together"),
        ([[0.5, 0.6], [0.6, 0.5]], "0.6 for units 0 and 1"),
        ([[0.5, 0.2], [0.3, 0.5]], "not symmetric"),
        ([0.5, 0.5], "row and a column"),
        ([[0.5, np.nan], [np.nan, 0.5]], "were sampled together"),
    ],
)
def test_impossible_joint_probabilities_are_refused(joint: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PpsJoint(joint)
