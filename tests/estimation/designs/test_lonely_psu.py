"""Strata from which one primary sampling unit was taken."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.lonely_psus import LonelyPsuRule
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Functional, Ratio, Total, mean
from tests.estimation.designs.cluster_cases import assert_matches, shared_records
from tests.estimation.references import oracle_path, oracle_results

EXPECTED = oracle_results("cluster_and_replicate_expected.json")
LOCAL = [record_id for record_id in EXPECTED if record_id.startswith("c03_cluster.lonely") and ".svy_" not in record_id]


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return pd.read_csv(oracle_path("cluster_lonely_sample.csv"))


def assert_record(sample: pd.DataFrame, record: dict[str, Any]) -> None:
    _, _, rule, what, *adjust = record["id"].split(".")
    stage = SamplingStage(sample["psu"], sample["stratum"])
    design = ClusterDesign([stage], sample["w"], lonely_psus=rule, adjusts_lonely_in_domains=adjust == ["adjdom"])
    flag, domain = sample["flag"].to_numpy(dtype=float), (sample["dom"] == "A").to_numpy()
    functionals: dict[str, Functional] = {
        "svytotal": Total(flag),
        "svymean": mean(flag),
        "svyratio": Ratio(sample["flag_views"].to_numpy(dtype=float), sample["views"].to_numpy(dtype=float)),
        "domainA": mean(flag, domain),
    }
    assert design.degrees_of_freedom() == record.get("df", 10)
    bound = design.within(domain) if what == "domainA" else design
    if "error" in record:
        with pytest.raises(ValueError, match="stage 1 in stratum h2"):
            estimate(bound, [functionals[what]])
        return
    estimates = estimate(bound, [functionals[what]])
    assert estimates.values[0] == pytest.approx(record["estimate"], rel=1e-9)
    assert estimates.std_errors[0] == pytest.approx(record["se"], rel=record["rel_tol"])


@pytest.mark.parametrize("record_id", LOCAL)
def test_rules_match_r_survey(sample: pd.DataFrame, record_id: str) -> None:
    assert_record(sample, {"id": record_id, **EXPECTED[record_id]})


@pytest.mark.parametrize(
    "record",
    shared_records("c03_cluster", *(f"lonely.{rule}" for rule in ("fail", "remove", "certainty", "adjust", "average"))),
)
def test_every_shared_record(sample: pd.DataFrame, record: dict[str, Any]) -> None:
    assert_record(sample, record)


@pytest.mark.parametrize(
    ("svy_rule", "rule", "relabelled"),
    [
        ("skip", "remove", None),
        ("center", "adjust", None),
        ("scale", "average", None),
        ("pool", "remove", None),  # one lonely stratum pooled with no other is still lonely
        ("collapse", "fail", "stratum"),
        ("self_representing", "fail", "psu"),
    ],
)
def test_rules_of_svy_are_ours_or_another_label(
    sample: pd.DataFrame, svy_rule: str, rule: LonelyPsuRule, relabelled: str | None
) -> None:
    """`collapse` merges the stratum with a neighbour, `self_representing` makes its units the PSUs."""
    strata, psus = sample["stratum"].copy(), sample["psu"].copy()
    if relabelled == "stratum":
        strata = strata.replace("h2", "h5")
    if relabelled == "psu":
        psus = psus.where(strata != "h2", sample["unit"])
    design = ClusterDesign([SamplingStage(psus, strata)], sample["w"], lonely_psus=rule)
    assert_matches(design, mean(sample["flag"].to_numpy(dtype=float)), EXPECTED[f"c03_cluster.lonely.svy_{svy_rule}"])


# strata a (PSUs 1, 2), b (PSU 3 alone) and c (PSUs 4, 5, 6); weighted totals by PSU 4, 2 | 6 | 3, 0, 9
PSU = [1, 1, 2, 3, 4, 5, 6]
STRATUM = ["a", "a", "a", "b", "c", "c", "c"]
VALUES = np.array([1.0, 3.0, 2.0, 6.0, 3.0, 0.0, 9.0])
DOMAIN = np.array([False, False, False, True, True, False, False])  # PSUs 3 and 4


def toy_variance(rule: LonelyPsuRule, *, in_domain: bool = False, adjusts: bool = False) -> float:
    design = ClusterDesign(
        [SamplingStage(PSU, STRATUM)], np.ones(7), lonely_psus=rule, adjusts_lonely_in_domains=adjusts
    )
    bound = design.within(DOMAIN) if in_domain else design
    return float(estimate(bound, [Total(VALUES, DOMAIN if in_domain else None)]).covariance[0, 0])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("remove", 2 * 2 + 1.5 * 42),  # a: 2 Σ(±1)²; c: 3/2 (1² + 4² + 5²)
        ("certainty", 67.0),
        ("adjust", 67.0 + (6 - 24 / 6) ** 2),  # from the mean of all six PSUs
        ("average", 67.0 * 3 / 2),
    ],
)
def test_rules_by_hand(rule: LonelyPsuRule, expected: float) -> None:
    assert toy_variance(rule) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("rule", "adjusts", "expected"),
    [
        ("remove", False, 1.5 * 6),  # c: 3, 0, 0 about 1
        ("remove", True, 1.5 * 6),
        ("adjust", False, 9.0 + (6 - 9 / 4) ** 2),  # strata b and c have 4 sampled PSUs and the total 9
        ("adjust", True, (6 - 2.25) ** 2 + 1.5 * (0.75**2 + 2 * 2.25**2)),
        ("average", False, 9.0 * 2),
    ],
)
def test_lonely_in_a_domain_by_hand(rule: LonelyPsuRule, adjusts: bool, expected: float) -> None:
    assert toy_variance(rule, in_domain=True, adjusts=adjusts) == pytest.approx(expected, rel=1e-12)


def test_a_stratum_with_one_psu_in_the_domain_adds_the_average_of_the_others() -> None:
    # of c only PSU 4 is in the domain, b is lonely anyway: three strata for one that varies by 4
    domain = np.array([True, True, True, True, True, False, False])
    design = ClusterDesign(
        [SamplingStage(PSU, STRATUM)], np.ones(7), lonely_psus="average", adjusts_lonely_in_domains=True
    )
    estimates = estimate(design.within(domain), [Total(VALUES, domain)])
    assert estimates.covariance[0, 0] == pytest.approx(3 * 4.0, rel=1e-12)


def test_the_average_of_no_stratum_is_refused() -> None:
    with pytest.raises(ValueError, match="average has no other stratum"):
        toy_variance("average", in_domain=True, adjusts=True)


def test_a_lonely_stratum_outside_the_domain_does_not_count() -> None:
    domain = np.array([stratum != "b" for stratum in STRATUM])
    design = ClusterDesign([SamplingStage(PSU, STRATUM)], np.ones(7))
    estimates = estimate(design.within(domain), [Total(VALUES, domain)])
    assert estimates.covariance[0, 0] == pytest.approx(67.0, rel=1e-12)


def test_a_stratum_of_one_psu_in_the_population_is_not_lonely() -> None:
    """Its variance is 0, whatever the rule; N = 20 and 30 correct the 4 and 63 of the other two."""
    design = ClusterDesign([SamplingStage(PSU, STRATUM, [20, 20, 20, 1, 30, 30, 30])], np.ones(7))
    expected = (1 - 2 / 20) * 4.0 + (1 - 3 / 30) * 63.0
    assert estimate(design, [Total(VALUES)]).covariance[0, 0] == pytest.approx(expected, rel=1e-12)
    assert design.degrees_of_freedom() == 3.0


def test_a_lonely_second_stage_unit_is_named() -> None:
    first = SamplingStage(PSU, STRATUM, [20, 20, 20, 9, 30, 30, 30])
    second = SamplingStage(range(7), None, [4, 4, 4, 4, 4, 4, 4])
    with pytest.raises(
        ValueError,
        match=r"stage 1 in stratum b: its variance cannot be seen\. Merge .*, average, certainty \(the unit was",
    ):
        estimate(ClusterDesign([first, second]), [Total(VALUES)])
    design = ClusterDesign([SamplingStage(PSU, None, np.full(7, 20.0)), second])
    with pytest.raises(ValueError, match="stage 2"):
        estimate(design, [Total(VALUES)])


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="lonely_psus: 'ignore'"):
        ClusterDesign([SamplingStage(PSU, STRATUM)], np.ones(7), lonely_psus="ignore")  # type: ignore[arg-type]
