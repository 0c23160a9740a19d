"""Stratified and simple random samples against reference numbers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.stratified import StratifiedDesign, simple_random_sample
from lib.estimation.functionals import Total, mean
from tests.estimation.designs.cluster_cases import shared_records
from tests.estimation.designs.survey_calls import assert_matches
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("element_designs_expected.json")
LOCAL = [record for record_id, record in EXPECTED.items() if ".st." in record_id or ".st_nofpc." in record_id]


def read(source: Any) -> pd.DataFrame:
    data = pd.read_csv(source)
    if "stratum" not in data:
        data["stratum"] = data["surface"] + "|" + data["country"]
    return data


def bound(data: pd.DataFrame, name: str) -> StratifiedDesign:
    if name == "st":
        return StratifiedDesign(data["stratum"], data["N_h"])
    n = data.groupby("stratum")["stratum"].transform("size")
    return StratifiedDesign(data["stratum"], given_weights=data["N_h"] / n)


@pytest.mark.parametrize("record", LOCAL, ids=lambda record: record["id"])
def test_strata_with_and_without_correction_match_r_survey(record: dict[str, Any]) -> None:
    data = read(oracle_path("stratified_sample.csv"))
    assert_matches(bound(data, record["design"]), data, record)


def special(record: dict[str, Any]) -> bool:
    return any(name in record["id"] for name in ("contrast", "naive", "NAIVE", "domain_df"))


@pytest.mark.parametrize(
    "record", [p for p in shared_records("c02_stratified", "st.", "st_nofpc.") if not special(p.values[0])]
)
@pytest.mark.slow
def test_every_shared_record(record: dict[str, Any]) -> None:
    data = read(shared_oracles("c02_stratified") / "sample_strat_srs.csv")
    assert_matches(bound(data, record["design"]), data, record)


@pytest.mark.parametrize("record", shared_records("c02_stratified", "st.contrast", "st_nofpc.contrast"))
def test_contrast_of_two_domains(record: dict[str, Any]) -> None:
    data = read(shared_oracles("c02_stratified") / "sample_strat_srs.csv")
    flag = data["flag"].to_numpy(dtype=np.float64)
    surfaces = [mean(flag, (data["surface"] == surface).to_numpy()) for surface in ("feed", "search")]
    contrast = estimate(bound(data, record["design"]), surfaces).contrast([[1.0, -1.0]])
    assert contrast.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert contrast.std_errors[0] == pytest.approx(record["se"], rel=1e-9)


@pytest.mark.parametrize("record", shared_records("c02_stratified", "st.naive", "st_nofpc.naive"))
def test_dropping_whole_strata_changes_nothing(record: dict[str, Any]) -> None:
    data = read(shared_oracles("c02_stratified") / "sample_strat_srs.csv")
    feed = data[data["surface"] == "feed"]
    estimates = estimate(bound(feed, record["id"].split(".")[1]), [mean(feed["flag"].to_numpy(dtype=np.float64))])
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert estimates.std_errors[0] == pytest.approx(record["se"], rel=1e-9)


@pytest.mark.parametrize("record", shared_records("c02_stratified", "st.NAIVE"))
def test_filtering_before_the_design_is_not_what_a_domain_does(record: dict[str, Any]) -> None:
    """Negative control: the same estimate, but an error that forgets that the domain's size is random."""
    data = read(shared_oracles("c02_stratified") / "sample_strat_srs.csv")
    day = (data["day"] == record["id"].rsplit(".", 1)[1]).to_numpy()
    estimates = estimate(bound(data, "st"), [mean(data["flag"].to_numpy(dtype=np.float64), day)])
    assert record["negative_control"]
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert estimates.std_errors[0] != pytest.approx(record["se"], rel=0.01)


@pytest.mark.parametrize("record", shared_records("c02_stratified", "st.domain_df"))
def test_degrees_of_freedom_within_domains(record: dict[str, Any]) -> None:
    data = read(shared_oracles("c02_stratified") / "sample_strat_srs.csv")
    design = bound(data, "st")
    for domain in record["domains"]:
        assert design.degrees_of_freedom((data["day"] == domain["day"]).to_numpy()) == domain["df"]


def test_simple_random_sample_by_hand() -> None:
    """1, 2, 3 out of 12: total 4·6 = 24, V̂ = 12² (1 - 3/12) · 1/3 = 36."""
    design = simple_random_sample(n_sampled=3, population_size=12)
    estimates = estimate(design, [Total(np.array([1.0, 2.0, 3.0]))])
    assert estimates.values == pytest.approx([24.0])
    assert estimates.covariance == pytest.approx(np.array([[36.0]]))
    assert design.degrees_of_freedom() == 2


def test_a_census_has_no_variance_even_of_one_unit() -> None:
    design = StratifiedDesign(["a", "a", "b"], [2, 2, 1])
    estimates = estimate(design, [Total(np.array([1.0, 5.0, 9.0]))])
    assert estimates.values == [15.0]
    assert estimates.std_errors == [0.0]


@pytest.mark.parametrize(
    ("stratum", "population_size", "given_weights", "message"),
    [
        (["a", "a", "b"], [9, 9, 4], None, "single unit was sampled in b"),
        (["a", "a", "a"], [9, 9, 8], None, "8 and 9|9 and 8"),
        (["a", "a", "a"], [2, 2, 2], None, "counts of units"),
        (["a", "a", "a"], [9, 9, np.nan], None, "population_size: missing"),
        (["a", "a", None], [9, 9, 9], None, "stratum: missing at unit 2"),
        (["a", "a", "a"], None, None, "given_weights"),
        (["a", "a", "a"], None, [1.0, 2.0, -1.0], "given_weights: -1"),
        (["a", "a", "a"], [9, 9], None, "population_size"),
        ([], [], None, "no sampled unit"),
        (["a", "a", "a"], [np.inf] * 3, None, "finite"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    stratum: Any, population_size: Any, given_weights: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        StratifiedDesign(stratum, population_size, given_weights)
