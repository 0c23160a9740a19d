"""The simulated labeler: perfect rates give the truth, other rates are realised per policy and component."""

from collections.abc import Mapping

import numpy as np
import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lib.labelling.simulated_labeler import SimulatedLabeler
from lib.units.identifiers import unit_id

POLICIES = ["a", "b"]
N_UNITS = 4000
# The i-th unit violates by KINDS[i % 10]; policy b is violated by the other half of the units.
KINDS: list[list[str]] = [["query"], ["response"], ["image"], ["combination"], ["image", "query"], [], [], [], [], []]
SENSITIVITY = {
    "default": {"query": 0.9, "response": 0.6, "image": 0.3, "combination": 0.5},
    "b": {"query": 0.4, "image": 0.7, "combination": 0.2},  # response: not given, so 1
}
SPECIFICITY = {"default": 0.8, "b": 0.95}
Verdicts = dict[tuple[str, str], tuple[str, list[str]]]


def _kind(policy: str, number: int) -> list[str]:
    return KINDS[(number + (5 if policy == "b" else 0)) % len(KINDS)]


def _units(spark: SparkSession) -> DataFrame:
    query_id = F.concat(F.lit("q"), "id")
    return spark.range(N_UNITS).select("id", unit_id(query_id, F.lit(None).cast("string")).alias("unit_id"))


def _truth(spark: SparkSession) -> DataFrame:
    rows = [
        (f"q{number}", None, policy, _kind(policy, number))
        for number in range(N_UNITS)
        for policy in POLICIES
        if _kind(policy, number)
    ]
    return spark.createDataFrame(
        rows, "query_id string, response_id string, policy string, violating_components array<string>"
    )


def _labeler(
    truth: DataFrame, sensitivity: Mapping[str, Mapping[str, float]], specificity: Mapping[str, float], seed: int = 1
) -> SimulatedLabeler:
    return SimulatedLabeler("sim", truth, sensitivity=sensitivity, specificity=specificity, seed=seed)


def _collected(verdicts: DataFrame) -> Verdicts:
    rows: list[Row] = verdicts.collect()
    collected = {(row["unit_id"], row["policy"]): (row["verdict"], row["violating_components"]) for row in rows}
    assert len(collected) == len(rows)
    return collected


@pytest.fixture(scope="module")
def numbers(_session: SparkSession) -> dict[str, int]:
    """Number of every unit, by its id."""
    return {row["unit_id"]: row["id"] for row in _units(_session).collect()}


@pytest.fixture(scope="module")
def verdicts(_session: SparkSession) -> Verdicts:
    labeler = _labeler(_truth(_session), SENSITIVITY, SPECIFICITY)
    return _collected(labeler.verdicts(_units(_session).repartition(1), POLICIES))


def _assert_share(found: list[bool], rate: float) -> None:
    assert len(found) >= 400
    assert abs(np.mean(found) - rate) <= 4 * np.sqrt(rate * (1 - rate) / len(found))


def test_perfect_rates_give_the_truth(spark: SparkSession, numbers: dict[str, int]) -> None:
    found = _collected(_labeler(_truth(spark), {}, {}).verdicts(_units(spark), POLICIES))
    assert found == {
        (unit, policy): ("violating" if _kind(policy, number) else "not_violating", _kind(policy, number))
        for unit, number in numbers.items()
        for policy in POLICIES
    }


@pytest.mark.parametrize(
    ("policy", "components", "rate"),
    [
        ("a", ["query"], 0.9),
        ("a", ["response"], 0.6),
        ("a", ["image"], 0.3),
        ("a", ["combination"], 0.5),
        ("a", ["image", "query"], 0.9),  # found as well as in the plainest component
        ("b", ["query"], 0.4),
        ("b", ["response"], 1.0),
        ("b", ["image"], 0.7),
        ("b", ["combination"], 0.2),
        ("b", ["image", "query"], 0.7),
    ],
)
def test_sensitivity_is_realised(
    verdicts: Verdicts, numbers: dict[str, int], policy: str, components: list[str], rate: float
) -> None:
    given = [
        found for (unit, k), found in verdicts.items() if k == policy and _kind(policy, numbers[unit]) == components
    ]
    _assert_share([verdict == "violating" for verdict, _ in given], rate)
    assert all(blamed == (components if verdict == "violating" else []) for verdict, blamed in given)


@pytest.mark.parametrize(("policy", "rate"), [("a", 0.8), ("b", 0.95)])
def test_specificity_is_realised_and_false_alarms_blame_any_component(
    verdicts: Verdicts, numbers: dict[str, int], policy: str, rate: float
) -> None:
    given = [found for (unit, k), found in verdicts.items() if k == policy and not _kind(policy, numbers[unit])]
    _assert_share([verdict == "not_violating" for verdict, _ in given], rate)
    alarms = [blamed for verdict, blamed in given if verdict == "violating"]
    for component in ("query", "response", "image"):
        share = np.mean([blamed == [component] for blamed in alarms])
        assert abs(share - 1 / 3) <= 4 * np.sqrt(2 / 9 / len(alarms))
    assert all(blamed == [] for verdict, blamed in given if verdict == "not_violating")


def test_errors_for_two_policies_are_independent(verdicts: Verdicts, numbers: dict[str, int]) -> None:
    # Policies a and b are never violated by one unit here: a miss on one and a false alarm on the other.
    pairs = [(verdicts[(unit, "a")][0], verdicts[(unit, "b")][0]) for unit, n in numbers.items() if not _kind("a", n)]
    wrong = np.array([(a == "violating", b == "not_violating") for a, b in pairs], dtype=float)
    assert abs(np.corrcoef(wrong.T)[0, 1]) < 4.5 / np.sqrt(len(pairs))


def test_partitions_do_not_change_a_verdict_and_a_seed_does(spark: SparkSession, verdicts: Verdicts) -> None:
    shuffled = _units(spark).orderBy(F.col("id").desc()).repartition(7)
    truth = _truth(spark).repartition(5)
    assert _collected(_labeler(truth, SENSITIVITY, SPECIFICITY).verdicts(shuffled, POLICIES)) == verdicts
    assert _collected(_labeler(truth, SENSITIVITY, SPECIFICITY, seed=2).verdicts(shuffled, POLICIES)) != verdicts


def test_prompt_version_changes_with_rates_and_seed(spark: SparkSession) -> None:
    truth = spark.createDataFrame([], "query_id string")
    versions = {
        _labeler(truth, sensitivity, specificity, seed).prompt_version
        for sensitivity, specificity, seed in [
            (SENSITIVITY, SPECIFICITY, 1),
            (dict(reversed(SENSITIVITY.items())), SPECIFICITY, 1),  # the same
            ({}, SPECIFICITY, 1),
            (SENSITIVITY, {}, 1),
            (SENSITIVITY, SPECIFICITY, 2),
        ]
    }
    assert len(versions) == 4
    assert all(version.startswith("simulated-") for version in versions)
