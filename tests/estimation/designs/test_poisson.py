"""Poisson samples against reference numbers and repeated sampling."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.functionals import Total, mean
from tests.estimation.designs.cluster_cases import shared_records
from tests.estimation.designs.survey_calls import assert_matches
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

LOCAL = [record for record_id, record in oracle_results("poisson_pps_expected.json").items() if ".poi." in record_id]


@pytest.mark.parametrize("record", LOCAL, ids=lambda record: record["id"])
def test_totals_means_ratios_and_domains_match_r_survey(record: dict[str, Any]) -> None:
    data = pd.read_csv(oracle_path("poisson_pps_sample.csv"))
    assert_matches(PoissonDesign(data["pi"]), data, record)


@pytest.mark.parametrize(
    ("case", "file", "record"),
    [
        pytest.param(case, file, *parameter.values, id=parameter.id)
        for case, file, design in (
            ("c01_poisson_pps", "sample_poisson.csv", "poi."),
            ("c02_stratified", "sample_strat_pps.csv", "sp_poi."),
        )
        for parameter in shared_records(case, design)
    ],
)
def test_every_shared_record(case: str, file: str, record: dict[str, Any]) -> None:
    data = pd.read_csv(shared_oracles(case) / file)
    design = PoissonDesign(data["pi"])
    if "sampling_" in record["id"]:
        functional = Total(data["viol_any"].to_numpy()) if "_HT" in record["id"] else mean(data["viol_any"].to_numpy())
        assert functional.value(design.weights) == pytest.approx(record["estimate"], rel=1e-9)
    else:
        assert_matches(design, data, record)


@pytest.mark.parametrize("record", shared_records("c11_enumeration", "prn.bottom_k"))
def test_bottom_k_samples_have_the_poisson_variance(record: dict[str, Any]) -> None:
    frame = pd.read_csv(shared_oracles("c11_enumeration") / "order_sampling_frame.csv").set_index("unit")
    y = frame.loc[record["units"], "y"].to_numpy(dtype=np.float64)
    estimates = estimate(PoissonDesign(record["p"]), [Total(y)])
    assert estimates.values[0] == pytest.approx(record["total_y"], rel=1e-9)
    assert estimates.covariance[0, 0] == pytest.approx(record["var_total_y"], rel=1e-9)


def test_certain_units_add_nothing_and_doubtful_ones_their_square() -> None:
    """p = ½: (1 - ½)/¼ · 3² = 18; p = 1 adds 0."""
    estimates = estimate(PoissonDesign([0.5, 1.0]), [Total(np.array([3.0, 7.0]))])
    assert estimates.values == pytest.approx([13.0])
    assert estimates.covariance == pytest.approx(np.array([[18.0]]))


def test_degrees_of_freedom_count_units_less_strata_in_the_domain() -> None:
    design = PoissonDesign(np.full(6, 0.5), stratum=["a", "a", "a", "a", "b", "b"])
    assert design.degrees_of_freedom() == 4
    assert design.degrees_of_freedom(np.array([True, True, True, False, False, False])) == 2
    assert design.degrees_of_freedom(np.array([True, False, False, False, False, False])) == 1
    assert PoissonDesign(np.full(6, 0.5)).degrees_of_freedom() == 5


def test_an_empty_sample_estimates_zero() -> None:
    estimates = estimate(PoissonDesign([]), [Total(np.empty(0))])
    assert estimates.values == [0.0]
    assert estimates.std_errors == [0.0]


@pytest.mark.parametrize("bad", [[0.5, 0.0], [0.5, 1.2], [0.5, np.nan], [[0.5, 0.5]]])
def test_what_is_no_probability_is_refused_by_name(bad: Any) -> None:
    with pytest.raises(ValueError, match="inclusion_probability"):
        PoissonDesign(bad)


@pytest.mark.slow
def test_bottom_k_variance_is_the_true_one() -> None:
    """Rank-conditioned p with the Poisson variance: the mean estimated variance over 4,000 draws is the observed one.

    Both are means of 4,000 draws, with a relative error of about 3 %; half or twice the variance lies far outside.
    """
    random = np.random.default_rng(11)
    size = np.exp(random.normal(0.0, 1.0, 200))
    y = size * random.uniform(0.2, 1.0, 200)
    values, variances = [], []
    for _ in range(4_000):
        rank = random.uniform(size=200) / size
        threshold = np.partition(rank, 30)[30]
        taken = rank < threshold
        design = PoissonDesign(np.minimum(1.0, size[taken] * threshold))
        estimates = estimate(design, [Total(y[taken])])
        values.append(estimates.values[0])
        variances.append(estimates.covariance[0, 0])
    assert np.mean(values) == pytest.approx(y.sum(), rel=0.01)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.1)
