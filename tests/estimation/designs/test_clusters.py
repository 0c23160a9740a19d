"""Cluster designs against reference numbers, exact enumeration and repeated sampling."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_effect import design_effect
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.multistage_bootstrap import multistage_bootstrap
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Total, mean
from tests.estimation.designs.cluster_cases import (
    LOCAL_NAMES,
    assert_matches,
    cluster_design,
    shared_records,
    statistic,
)
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("cluster_and_replicate_expected.json")
LOCAL = [record_id for record_id in EXPECTED if record_id.startswith(("c03_cluster.cp.", "c03_cluster.cp_ult."))]


def local_sample(name: str) -> pd.DataFrame:
    return pd.read_csv(oracle_path(LOCAL_NAMES[name]))


def test_stages_below_psus_drawn_with_replacement_add_nothing() -> None:
    psu, values = np.repeat([1, 2, 3], 2), np.array([1.0, 4.0, 2.0, 2.0, 7.0, 3.0])
    first, second = SamplingStage(psu), SamplingStage(np.arange(6))
    one = ClusterDesign([first], np.full(6, 5.0))
    two = ClusterDesign([first, second], np.full(6, 5.0))
    assert two.total_covariance(values[:, None]) == pytest.approx(one.total_covariance(values[:, None]))
    made = multistage_bootstrap(two, n_replicates=50, random=np.random.default_rng(1))
    alone = multistage_bootstrap(one, n_replicates=50, random=np.random.default_rng(1))
    assert np.array_equal(made.replicate_weights, alone.replicate_weights)


@pytest.mark.parametrize("record_id", LOCAL)
def test_two_stages_and_ultimate_clusters_match_r_survey(record_id: str) -> None:
    _, name, what = record_id.split(".", 2)
    data, design = cluster_design(name, local_sample)
    assert_matches(design, statistic(data, what)[0], EXPECTED[record_id])


@pytest.mark.parametrize("record", shared_records("c03_cluster", "c1", "c2", "cp"))
@pytest.mark.slow
def test_every_shared_cluster_record(record: dict[str, Any]) -> None:
    folder = shared_oracles("c03_cluster")
    _, name, what = record["id"].split(".", 2)
    data, design = cluster_design(name, lambda file: pd.read_csv(folder / file))
    functional, domain = statistic(data, what)
    assert_matches(design, functional, record)
    if "deff" in record:
        assert design_effect(design, functional, is_in_domain=domain) == pytest.approx(record["deff"], rel=1e-9)


@pytest.mark.parametrize("record", shared_records("c06_replicates", "b.", "m.", "m_fpc."))
def test_every_shared_linearised_record(record: dict[str, Any]) -> None:
    folder = shared_oracles("c06_replicates")
    _, name, what = record["id"].split(".", 2)
    data, design = cluster_design(name, lambda file: pd.read_csv(folder / file))
    assert_matches(design, statistic(data, what)[0], record)


def panel(*, is_overlap_ignored: bool) -> tuple[pd.DataFrame, ClusterDesign]:
    d = pd.read_csv(shared_oracles("c10_change") / "panel_users.csv")
    suffix = " " + d["day"] if is_overlap_ignored else ""
    return d, ClusterDesign([SamplingStage(d["user"] + suffix, d["stratum"] + suffix)], d["w"])


@pytest.mark.parametrize("record", shared_records("c10_change", "pan."))
def test_change_between_days_keeps_the_covariance_of_users(record: dict[str, Any]) -> None:
    data, design = panel(is_overlap_ignored=False)
    days = [(data["day"] == day).to_numpy() for day in sorted(data["day"].unique())]
    levels = estimate(design, [statistic_of_day(data, record["id"], day) for day in days])
    before, after = levels.values
    if record["id"].endswith("levels"):
        assert levels.std_errors == pytest.approx([record["se1"], record["se2"]], rel=1e-9)
        assert levels.covariance[0, 1] == pytest.approx(record["cov"], rel=1e-9)
        return
    change = levels.contrast([[-1.0, 1.0]])
    if record["id"].endswith("relative"):
        change = levels.transformed([after / before], [[-after / before**2, 1.0 / before]])
    else:
        assert design.degrees_of_freedom() == record["df"]
    assert change.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert change.std_errors[0] == pytest.approx(record["se"], rel=1e-9)


@pytest.mark.parametrize("record", shared_records("c10_change", "ind."))
def test_ignoring_the_overlap_of_users_is_not_what_we_do(record: dict[str, Any]) -> None:
    """Negative control: only a design that was told the days share no user gives these numbers."""
    right, wrong = panel(is_overlap_ignored=False), panel(is_overlap_ignored=True)
    for (data, design), is_reproduced in ((right, False), (wrong, True)):
        days = [(data["day"] == day).to_numpy() for day in sorted(data["day"].unique())]
        levels = estimate(design, [statistic_of_day(data, record["id"], day) for day in days])
        change = levels.contrast([[-1.0, 1.0]])
        if record["id"].endswith("change"):
            assert (change.std_errors[0] == pytest.approx(record["se"], rel=1e-3)) == is_reproduced
        elif record["id"].endswith("levels"):
            assert (levels.covariance[0, 1] == pytest.approx(record["cov"], abs=1e-12)) == is_reproduced


def statistic_of_day(data: pd.DataFrame, record_id: str, day: Any) -> Any:
    functional, _ = statistic(data, "ratio" if ".ratio." in record_id else "flag")
    return type(functional)(functional.numerator, functional.denominator, day)  # type: ignore[attr-defined, call-arg]


def test_two_stages_over_every_possible_sample() -> None:
    folder = shared_oracles("c11_enumeration")
    population = pd.read_csv(folder / "enum_two_stage_population.csv").set_index("id")
    samples = pd.read_csv(folder / "enum_two_stage.csv")
    records = {record["id"]: record for record in json.loads((folder / "expected.json").read_text())["results"]}
    values, variances = [], []
    for sample in samples.itertuples():
        drawn = population.loc[[int(unit) for unit in str(sample.sample).split("-")]].reset_index()
        stages = [SamplingStage(drawn["psu"], None, drawn["N1"]), SamplingStage(drawn["id"], None, drawn["M"])]
        y = drawn["y"].to_numpy(dtype=np.float64)
        estimates = estimate(ClusterDesign(stages), [Total(y), mean(y)])
        assert estimates.values == pytest.approx([sample.total, sample.mean], rel=1e-12)
        assert np.diag(estimates.covariance) == pytest.approx([sample.total_var, sample.mean_var], rel=1e-9)
        values.append(estimates.values)
        variances.append(np.diag(estimates.covariance))
    for index, name in enumerate(("total", "mean")):
        record = records[f"c11_enumeration.two_stage.{name}"]
        expectation = samples["prob"] @ np.array(values)[:, index]
        assert expectation == pytest.approx(record["expectation"], rel=1e-12)
        assert samples["prob"] @ np.array(variances)[:, index] == pytest.approx(
            record["expected_variance_estimate"], rel=1e-9
        )


TWO_STAGE_POPULATION = (np.arange(60.0).reshape(6, 10) * 7) % 11  # 6 PSUs of 10 units


def two_stage_variance(random: np.random.Generator, n_stages: int) -> float:
    """Estimated variance of the total from 4 of 6 PSUs and 3 of their 10 units."""
    psus = random.permutation(6)[:4]
    unit = np.concatenate([random.permutation(10)[:3] for _ in psus])
    psu = np.repeat(psus, 3)
    stages = [SamplingStage(psu, None, np.full(12, 6.0)), SamplingStage(unit, None, np.full(12, 10.0))]
    design = ClusterDesign(stages[:n_stages], np.full(12, 5.0))
    return float(estimate(design, [Total(TWO_STAGE_POPULATION[psu, unit])]).covariance[0, 0])


@pytest.mark.parametrize(("n_stages", "is_unbiased"), [(2, True), (1, False)])
@pytest.mark.slow
def test_two_stage_variance_is_the_true_one_and_needs_its_second_stage(n_stages: int, is_unbiased: bool) -> None:
    between = 6**2 * (1 - 4 / 6) / 4 * TWO_STAGE_POPULATION.sum(axis=1).var(ddof=1)
    within = 6 / 4 * sum(10**2 * (1 - 3 / 10) / 3 * psu.var(ddof=1) for psu in TWO_STAGE_POPULATION)
    random = np.random.default_rng(11)
    mean_estimate = np.mean([two_stage_variance(random, n_stages) for _ in range(2_000)])
    assert (abs(mean_estimate / (between + within) - 1.0) < 0.05) == is_unbiased


def test_a_domain_counts_its_own_psus_and_strata() -> None:
    data, design = cluster_design("m", local_sample)
    one_stratum = (data["stratum"] == "h2").to_numpy()
    assert design.degrees_of_freedom(one_stratum) == 4.0
    assert design.degrees_of_freedom(np.zeros(len(data), dtype=bool)) == 1.0
    assert design.within(one_stratum).degrees_of_freedom() == 4.0


def test_a_census_has_no_variance() -> None:
    stages = [SamplingStage([1, 1, 2, 2], None, np.full(4, 2.0)), SamplingStage([1, 2, 1, 2], None, np.full(4, 2.0))]
    estimates = estimate(ClusterDesign(stages), [Total(np.array([1.0, 0.0, 5.0, 7.0]))])
    assert estimates.values[0] == 13.0
    assert estimates.std_errors[0] == 0.0


def test_no_positives_give_zero_and_no_nan() -> None:
    data, design = cluster_design("m", local_sample)
    estimates = estimate(design, [mean(np.zeros(len(data)))])
    assert estimates.values[0] == 0.0
    assert estimates.std_errors[0] == 0.0


@pytest.mark.parametrize(
    ("stages", "weights", "message"),
    [
        ([SamplingStage([1, 1, 2], ["a", "b", "b"])], [1, 1, 1], "1 lies in more than one stratum"),
        ([SamplingStage([1, 2, 3], ["a", "a", "b"], [5, 6, 5])], None, "5 and 6 in stratum a"),
        ([SamplingStage([1, 2, 3], ["a", "a", "b"], [1, 1, 5])], None, "1 in stratum a, where 2 units"),
        ([SamplingStage([1, 2, 3], None, [0.1, 0.1, 0.1])], None, "not sampling fractions"),
        ([SamplingStage([1, 2, None], None, [5, 5, 5])], None, "units: 1 labels are missing"),
        ([SamplingStage([1, 2, 3])], None, "every stage needs finite population_sizes"),
        ([SamplingStage([1, 2, 3])], [1, 1], "given_weights"),
        ([SamplingStage([1, 2, 3]), SamplingStage([1, 2])], [1, 1, 1], "stage 2: units"),
        ([], None, "at least one stage"),
    ],
)
def test_a_design_that_does_not_fit_is_refused(stages: Any, weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClusterDesign(stages, weights)


def test_labels_can_be_nested_in_strata() -> None:
    stage = SamplingStage([1, 2, 1, 2], ["a", "a", "b", "b"])
    design = ClusterDesign([stage], np.ones(4), nests_labels=True)
    assert design.degrees_of_freedom() == 2.0
