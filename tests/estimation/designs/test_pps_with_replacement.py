"""Samples with replacement, and weights treated so, against reference numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import Total
from tests.estimation.designs.cluster_cases import shared_records
from tests.estimation.designs.survey_calls import assert_matches, called
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

FILES = {
    "wr": "sample_poisson.csv",
    "cps_wr": "sample_cps.csv",
    "hh": "sample_pps_wr.csv",
    "sp_wr": "sample_strat_pps.csv",
}
LOCAL_FILES = {"wr": "poisson_pps_sample.csv", "hh": "pps_with_replacement_sample.csv"}
LOCAL = [record for record_id, record in oracle_results("element_designs_expected.json").items() if ".hh." in record_id]
TREATED_SO = [
    record for record_id, record in oracle_results("poisson_pps_expected.json").items() if ".wr." in record_id
]


def bound(data: pd.DataFrame, name: str) -> PpsWithReplacement:
    if name == "hh":
        return PpsWithReplacement.from_draws(data["p_draw"])
    return PpsWithReplacement(1.0 / data["pi"], data["stratum"] if name == "sp_wr" else None)


@pytest.mark.parametrize("record", LOCAL, ids=lambda record: record["id"])
def test_draws_with_replacement_match_r_survey(record: dict[str, Any]) -> None:
    data = pd.read_csv(oracle_path(LOCAL_FILES["hh"]))
    assert_matches(bound(data, "hh"), data, record)


@pytest.mark.parametrize("record", TREATED_SO, ids=lambda record: record["id"])
def test_treating_a_poisson_sample_so_is_another_design(record: dict[str, Any]) -> None:
    data = pd.read_csv(oracle_path(LOCAL_FILES["wr"]))
    assert_matches(bound(data, "wr"), data, {**record, "design": "wr"})
    functional, _ = called(data, record)
    assert estimate(PoissonDesign(data["pi"]), [functional]).std_errors[0] != pytest.approx(record["se"], rel=0.01)


@pytest.mark.parametrize(
    ("case", "record"),
    [
        pytest.param(case, *parameter.values, id=parameter.id)
        for case, designs in (("c01_poisson_pps", ("wr.", "cps_wr.", "hh.")), ("c02_stratified", ("sp_wr.",)))
        for parameter in shared_records(case, *designs)
    ],
)
def test_every_shared_record(case: str, record: dict[str, Any]) -> None:
    data = pd.read_csv(shared_oracles(case) / FILES[record["design"]])
    assert_matches(bound(data, record["design"]), data, record)


def test_two_draws_by_hand() -> None:
    """p = 0.1, 0.4 and m = 2: w = 5, 1.25; wz = 10, 20; V̂ = 2/1 · (5² + 5²) = 100."""
    estimates = estimate(PpsWithReplacement.from_draws([0.1, 0.4]), [Total(np.array([2.0, 16.0]))])
    assert estimates.values == pytest.approx([30.0])
    assert estimates.covariance == pytest.approx(np.array([[100.0]]))


def test_draws_of_each_stratum_count_for_it_alone() -> None:
    design = PpsWithReplacement.from_draws([0.1, 0.1, 0.2, 0.2, 0.2], ["a", "a", "b", "b", "b"])
    assert design.weights == pytest.approx([5.0, 5.0, 5.0 / 3.0, 5.0 / 3.0, 5.0 / 3.0])
    assert design.degrees_of_freedom() == 3


@pytest.mark.parametrize(
    ("weights", "stratum", "message"),
    [
        ([1.0], None, "single unit"),
        ([1.0, 2.0, 3.0], ["a", "a", "b"], "single unit was sampled in b"),
        ([1.0, 0.0], None, "given_weights: 0"),
        ([1.0, np.inf], None, "given_weights: 1 entries"),
        ([], None, "no draw"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(weights: Any, stratum: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PpsWithReplacement(weights, stratum)
