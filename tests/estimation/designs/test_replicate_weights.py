"""Replicate weights that come with the data, against reference numbers."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import Total, mean
from tests.estimation.designs.cluster_cases import assert_matches, shared_records, statistic
from tests.estimation.references import shared_oracles

CASE = "c06_replicates"
GIVEN = ("brr", "fay", "jkn", "jkn_fpc", "jk1", "bs_bootstrap", "bs_subbootstrap", "bs_mrbbootstrap")
SETTINGS = {str(parameter.id): parameter.values[0] for parameter in shared_records(CASE, *GIVEN)}


def given_design(folder: Path, name: str, is_mse: bool) -> tuple[pd.DataFrame, ReplicateDesign]:
    settings = SETTINGS[f"{CASE}.{name}.repweights"]
    replicates = pd.read_csv(folder / settings["file"]).drop(columns="row").to_numpy()
    sample = pd.read_csv(folder / ("sample_2psu.csv" if name in {"brr", "fay"} else "sample_multi.csv"))
    design = ReplicateDesign(sample["w"], replicates, settings["scale"], settings["rscales"], is_mse)
    assert replicates.shape[1] == settings["R"]
    assert replicates.sum() == pytest.approx(settings["sum_all"], rel=1e-9)
    return sample, design


@pytest.mark.parametrize("record", shared_records(CASE, *(f"{name}." for name in GIVEN), "brr_mse.", "jkn_mse."))
@pytest.mark.slow
def test_every_shared_record_from_its_weights(record: dict[str, Any]) -> None:
    if "file" in record:
        return  # the weights themselves, read by the records that need them
    _, name, what = record["id"].split(".", 2)
    sample, design = given_design(shared_oracles(CASE), name.removesuffix("_mse"), name.endswith("_mse"))
    assert_matches(design, statistic(sample, what)[0], record)


def small(**settings: Any) -> ReplicateDesign:
    replicates = np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    return ReplicateDesign(np.ones(3), replicates, **settings)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 2.0),  # totals 3 and 5 about 4
        ({"scale": 0.5}, 1.0),
        ({"rscales": [2.0, 1.0]}, 3.0),
        ({"rscales": [1.0, 0.0]}, 0.0),  # a replicate without a factor takes no part in the mean either
    ],
)
def test_the_sum_of_squares_by_hand(settings: dict[str, Any], expected: float) -> None:
    assert small(**settings).covariance([Total(np.array([1.0, 2.0, 1.0]))])[0, 0] == pytest.approx(expected)


def test_deviations_from_the_estimate_are_larger_than_from_the_mean() -> None:
    """y² of the mean is not linear: the replicates' mean is not the estimate."""
    statistic_ = mean(np.array([1.0, 4.0, 0.0]))
    replicates = np.array([[2.0, 0.0], [0.0, 2.0], [2.0, 1.0]])
    about_mean = ReplicateDesign(np.ones(3), replicates).covariance([statistic_])[0, 0]
    about_estimate = ReplicateDesign(np.ones(3), replicates, is_mse=True).covariance([statistic_])[0, 0]
    assert about_estimate > about_mean * 1.001


def test_covariance_of_several_statistics() -> None:
    values = np.array([1.0, 2.0, 1.0])
    estimates = estimate(small(), [Total(values), Total(2.0 * values)])
    assert estimates.covariance == pytest.approx(np.array([[2.0, 4.0], [4.0, 8.0]]))


def test_a_domain_that_vanishes_in_a_replicate_is_refused() -> None:
    domain = np.array([True, False, False])
    with pytest.raises(ValueError, match="1 of 2 replicates leave a statistic without a value"):
        small().covariance([mean(np.ones(3), domain)])


def test_degrees_of_freedom_are_the_rank_less_one() -> None:
    replicates = np.array([[2.0, 0.0, 2.0], [0.0, 2.0, 0.0], [0.0, 2.0, 0.0]])
    assert ReplicateDesign(np.ones(3), replicates).degrees_of_freedom() == 1.0
    assert ReplicateDesign(np.ones(3), 1e-9 * replicates).degrees_of_freedom() == 1.0
    assert ReplicateDesign(np.ones(3), replicates, given_degrees_of_freedom=7).degrees_of_freedom() == 7.0
    assert small().degrees_of_freedom(np.zeros(3, dtype=bool)) == 1.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"replicate_weights": np.ones((2, 4))}, "one row for each of the 3 units"),
        ({"replicate_weights": np.ones((3, 1))}, "at least two replicates"),
        ({"replicate_weights": np.full((3, 2), np.nan)}, "missing or infinite"),
        ({"replicate_weights": np.ones((3, 2)), "scale": 0.0}, "scale: 0.0"),
        ({"replicate_weights": np.ones((3, 2)), "rscales": [1.0, 1.0, 1.0]}, "rscales: 3 factors"),
        ({"replicate_weights": np.ones((3, 2)), "rscales": [1.0, -1.0]}, "rscales"),
    ],
)
def test_weights_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ReplicateDesign(np.ones(3), **settings)
