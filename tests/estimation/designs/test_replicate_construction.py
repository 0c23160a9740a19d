"""Replicates made from a design: jackknife, balanced half-samples and bootstraps of clusters."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.balanced_half_samples import balanced_half_samples
from lib.estimation.designs.cluster_bootstrap import canty_davison_bootstrap, rao_wu_bootstrap
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.hadamard_matrices import hadamard_matrix
from lib.estimation.designs.jackknife import jackknife
from lib.estimation.designs.lonely_psus import LonelyPsuRule
from lib.estimation.designs.multistage_bootstrap import multistage_bootstrap
from lib.estimation.designs.primary_stage import primary_stage
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Total, mean
from tests.estimation.designs.cluster_cases import (
    LOCAL_NAMES,
    Reader,
    assert_matches,
    cluster_design,
    shared_records,
    statistic,
)
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("cluster_and_replicate_expected.json")
LOCAL = [record_id for record_id in EXPECTED if record_id.startswith("c06_replicates.")]
N_BOOTSTRAP = 4_000
CONSTRUCTORS: dict[str, tuple[str, Callable[[ClusterDesign], ReplicateDesign]]] = {
    "brr": ("b", balanced_half_samples),
    "brr_mse": ("b", lambda design: balanced_half_samples(design, is_mse=True)),
    "fay": ("b", lambda design: balanced_half_samples(design, fay_coefficient=0.3)),
    "jkn2": ("b", jackknife),
    "jkn": ("m", jackknife),
    "jkn_mse": ("m", lambda design: jackknife(design, is_mse=True)),
    "jkn_fpc": ("m_fpc", jackknife),
    "jk1": ("u", jackknife),
    "big_bootstrap": (
        "m",
        lambda design: canty_davison_bootstrap(design, n_replicates=N_BOOTSTRAP, random=np.random.default_rng(5)),
    ),
    "big_subbootstrap": (
        "m",
        lambda design: rao_wu_bootstrap(design, n_replicates=N_BOOTSTRAP, random=np.random.default_rng(5)),
    ),
}


def local_sample(name: str) -> pd.DataFrame:
    return pd.read_csv(oracle_path(LOCAL_NAMES[name]))


def constructed(name: str, read: Reader) -> tuple[pd.DataFrame, ReplicateDesign]:
    of, constructor = CONSTRUCTORS[name]
    data, design = cluster_design(of, read)
    return data, constructor(design)


@pytest.mark.parametrize("record_id", LOCAL)
@pytest.mark.slow
def test_constructed_replicates_match_r_survey(record_id: str) -> None:
    _, name, what = record_id.split(".", 2)
    data, design = constructed(name, local_sample)
    assert_matches(design, statistic(data, what)[0], EXPECTED[record_id])


@pytest.mark.parametrize("record", shared_records("c06_replicates", *(f"{name}." for name in CONSTRUCTORS)))
@pytest.mark.slow
def test_every_shared_record(record: dict[str, Any]) -> None:
    folder = shared_oracles("c06_replicates")
    _, name, what = record["id"].split(".", 2)
    data, design = constructed(name, lambda file: pd.read_csv(folder / file))
    if "file" in record:
        weights = pd.read_csv(folder / record["file"]).drop(columns="row").to_numpy()
        assert np.asarray(design.replicate_weights) == pytest.approx(weights, rel=1e-12)
        factors = record["scale"] * np.broadcast_to(record["rscales"], weights.shape[1])
        ours = np.ones(weights.shape[1]) if design.rscales is None else np.asarray(design.rscales)
        assert design.scale * ours == pytest.approx(factors, rel=1e-12)
        return
    assert_matches(design, statistic(data, what)[0], record)


@pytest.mark.parametrize(
    ("order", "size"),
    [(1, 1), (2, 2), (3, 4), (8, 8), (9, 12), (12, 12), (13, 16), (20, 20), (33, 40), (45, 48), (100, 104)],
)
def test_hadamard_matrices_are_orthogonal_and_balanced(order: int, size: int) -> None:
    matrix = hadamard_matrix(order)
    assert matrix.shape == (size, size)
    assert np.array_equal(matrix @ matrix.T, size * np.eye(size))
    assert np.array_equal(matrix[:, 0], np.ones(size))
    assert np.array_equal(matrix[0], np.ones(size))


def two_psus_in(n_strata: int) -> tuple[ClusterDesign, np.ndarray]:
    random = np.random.default_rng(3)
    stage = SamplingStage(np.arange(2 * n_strata), np.repeat(np.arange(n_strata), 2))
    return ClusterDesign([stage], random.uniform(1.0, 9.0, 2 * n_strata)), random.normal(size=2 * n_strata)


@pytest.mark.parametrize("n_strata", [1, 2, 11, 19, 40])
@pytest.mark.parametrize("fay_coefficient", [0.0, 0.5])
def test_half_samples_in_full_balance_give_the_linearised_variance(n_strata: int, fay_coefficient: float) -> None:
    design, values = two_psus_in(n_strata)
    replicates = balanced_half_samples(design, fay_coefficient=fay_coefficient)
    expected = estimate(design, [Total(values)]).covariance[0, 0]
    assert replicates.covariance([Total(values)])[0, 0] == pytest.approx(expected, rel=1e-10)
    assert replicates.degrees_of_freedom() == design.degrees_of_freedom()


def test_the_canty_davison_bootstrap_draws_n_of_n_and_scales_by_the_harmonic_mean() -> None:
    stage = SamplingStage(np.arange(5), ["a", "a", "b", "b", "b"])
    design = ClusterDesign([stage], np.array([3.0, 3.0, 2.0, 2.0, 2.0]))
    made = canty_davison_bootstrap(design, n_replicates=7, random=np.random.default_rng(1))
    times = np.asarray(made.replicate_weights) / design.weights[:, None]
    assert times.shape == (5, 7)
    assert np.array_equal(times, np.round(times))
    assert np.array_equal(times[:2].sum(axis=0), np.full(7, 2.0))
    assert np.array_equal(times[2:].sum(axis=0), np.full(7, 3.0))
    assert made.scale == pytest.approx(2.4 / (1.4 * 6))  # 1/n̄ is the mean of 1/2 and 1/3
    assert np.array_equal(made.weights, design.weights)


def test_the_canty_davison_bootstrap_of_equal_strata_gives_the_linearised_variance() -> None:
    random = np.random.default_rng(6)
    stage = SamplingStage(np.arange(40), np.repeat(np.arange(10), 4))
    design, values = ClusterDesign([stage], np.full(40, 2.5)), [Total(random.normal(size=40))]
    made = canty_davison_bootstrap(design, n_replicates=N_BOOTSTRAP, random=random)
    ratio = made.covariance(values)[0, 0] / estimate(design, values).covariance[0, 0]
    assert ratio == pytest.approx(1.0, abs=5 * np.sqrt(2 / N_BOOTSTRAP))


def test_bootstraps_follow_the_average_rule_and_name_themselves_when_they_refuse() -> None:
    for make, name in ((canty_davison_bootstrap, "Canty-Davison"), (rao_wu_bootstrap, "Rao-Wu")):
        plain, average = (
            make(lonely(rule), n_replicates=9, random=np.random.default_rng(1)) for rule in ("remove", "average")
        )
        assert average.scale == pytest.approx(1.5 * plain.scale)  # three strata, one of them lonely
        assert make is canty_davison_bootstrap or plain.scale == pytest.approx(1 / 8)
        with pytest.raises(ValueError, match=f"population_sizes: the {name} bootstrap has no finite"):
            make(lonely("remove", [9.0] * 6), n_replicates=9, random=np.random.default_rng(1))


def two_stage_design() -> tuple[ClusterDesign, np.ndarray]:
    random = np.random.default_rng(8)
    psu, unit = np.repeat(np.arange(24), 5), np.tile(np.arange(5), 24)
    strata, sizes = psu // 8, np.array([14.0, 20.0, 8.0])  # all PSUs of the last stratum are in the sample
    stages = [SamplingStage(psu, strata, sizes[strata]), SamplingStage(unit, None, np.full(120, 9.0))]
    return ClusterDesign(stages), random.normal(size=120) + random.normal(size=24)[psu]


def test_multistage_bootstrap_gives_the_two_stage_variance() -> None:
    design, values = two_stage_design()
    replicates = multistage_bootstrap(design, n_replicates=N_BOOTSTRAP, random=np.random.default_rng(2))
    functionals = [Total(values), mean(values), Total(values, np.arange(120) >= 80)]
    ratio = estimate(replicates, functionals).covariance / estimate(design, functionals).covariance
    assert np.diag(ratio) == pytest.approx(np.ones(3), abs=5 * np.sqrt(2 / N_BOOTSTRAP))
    assert replicates.degrees_of_freedom() == design.degrees_of_freedom()
    assert np.asarray(replicates.replicate_weights).min() >= 0.0


def test_multistage_bootstrap_keeps_one_of_two() -> None:
    design, values = two_psus_in(20)
    replicates = multistage_bootstrap(design, n_replicates=N_BOOTSTRAP, random=np.random.default_rng(2))
    expected = estimate(design, [Total(values)]).covariance[0, 0]
    assert replicates.covariance([Total(values)])[0, 0] == pytest.approx(expected, rel=5 * np.sqrt(2 / N_BOOTSTRAP))
    few = multistage_bootstrap(design, n_replicates=3, random=np.random.default_rng(2))
    assert few.degrees_of_freedom() == 2.0
    multistage_bootstrap(lonely("remove"), n_replicates=9, random=np.random.default_rng(2))


def test_multistage_bootstrap_of_one_stage_keeps_the_correction() -> None:
    data, design = cluster_design("m_fpc", local_sample)
    replicates = multistage_bootstrap(design, n_replicates=N_BOOTSTRAP, random=np.random.default_rng(4))
    functionals = [Total(data[name].to_numpy(dtype=float)) for name in ("flag", "views", "w")]
    ratio = estimate(replicates, functionals).std_errors / estimate(design, functionals).std_errors
    assert ratio == pytest.approx(np.ones(3), abs=0.05)


def lonely(rule: LonelyPsuRule, sizes: list[float] | None = None) -> ClusterDesign:
    stage = SamplingStage([1, 2, 3, 4, 5, 6], ["a", "a", "a", "b", "c", "c"], sizes)
    return ClusterDesign([stage], np.ones(6), lonely_psus=rule)


@pytest.mark.parametrize("rule", ["remove", "certainty", "average"])
def test_the_jackknife_follows_the_rule_for_lonely_psus(rule: LonelyPsuRule) -> None:
    functionals = [Total(np.array([1.0, 4.0, 2.0, 7.0, 0.0, 3.0]))]
    expected = estimate(lonely(rule), functionals).covariance
    assert estimate(jackknife(lonely(rule)), functionals).covariance == pytest.approx(expected, rel=1e-12)


def test_one_psu_of_two_is_lonely_and_one_of_one_is_a_census() -> None:
    for size, n_left_out in ((2.0, 1), (1.0, 0)):
        design = lonely("remove", [9.0, 9.0, 9.0, size, 9.0, 9.0])
        primary = primary_stage(design, method="a method", corrects_finite_population=True)
        assert primary.n_left_out == n_left_out
        assert [psus.tolist() for psus in primary.strata] == [[0, 1, 2], [4, 5]]
        assert primary.correction(primary.strata[0]) == pytest.approx(1 - 3 / 9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: jackknife(lonely("fail")), "stratum b has one sampled PSU"),
        (lambda: jackknife(lonely("adjust")), "choose remove, certainty or average"),
        (lambda: balanced_half_samples(lonely("remove")), "exactly two sampled PSUs in every stratum, here are 1 to 3"),
        (lambda: balanced_half_samples(lonely("fail")), "and BRR with the rule fail"),
        (lambda: balanced_half_samples(lonely("remove"), fay_coefficient=1.0), "fay_coefficient"),
        (
            lambda: balanced_half_samples(lonely("remove", [9.0, 9.0, 9.0, 9.0, 9.0, 9.0])),
            "no finite population correction",
        ),
        (lambda: jackknife(two_stage_design()[0]), "replicates PSUs only"),
        (
            lambda: jackknife(ClusterDesign([SamplingStage([1, 2], None, [2.0, 2.0])])),
            "every PSU of the population is in the sample",
        ),
        (
            lambda: multistage_bootstrap(lonely("adjust"), n_replicates=9, random=np.random.default_rng(1)),
            "stratum b of stage 1 has one sampled unit, of which half cannot be kept",
        ),
    ],
)
def test_designs_without_such_replicates_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
