"""The golden set and the labelers' quality of two days with known chances, against pandas and unit-level formulas."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import build_golden_set, calibrate_labelers
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.run_context import RunContext
from lib.storage import Storage
from schemas import golden_coverage, golden_set, labeler_quality
from schemas.table_spec import TableSpec
from tests.labelling.quality_world import (
    DS,
    POLICY,
    PROMPT,
    SECOND,
    golden_answers,
    quality_settings,
    sampled_units,
    write_golden_verdicts,
    write_world,
)

Rows = list[dict[str, Any]]
UNITS = sampled_units()
P_HUMAN = UNITS["inclusion_probability"] * UNITS["q_human"]
P_GOLD = P_HUMAN * UNITS["q_gold"]


@pytest.fixture(scope="module")
def written(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rows]:
    """What both jobs leave behind when the golden set has been built twice, with a curated file the second time."""
    path = tmp_path_factory.mktemp("warehouse")
    curated = path / "curated.jsonl"
    by_hand = {"policy": POLICY, "verdict": "violating", "query_text": "by hand", "pins": [{"title": "a pin"}]}
    curated.write_text(json.dumps(by_hand) + "\n")
    settings = quality_settings(path, f"calibration.curated_path={curated}")
    storage = Storage(_session, settings.storage)
    write_world(storage, UNITS)
    build_golden_set.run(_session, quality_settings(path), RunContext(ds=DS))
    first = _rows(Storage(_session, settings.storage), golden_set.TABLE)
    build_golden_set.run(_session, settings, RunContext(ds=DS))
    items = _rows(Storage(_session, settings.storage), golden_set.TABLE)
    write_golden_verdicts(storage, golden_answers([item for item in items if item["source"] == "gold_rung"]))
    calibrate_labelers.run(_session, settings, RunContext(ds=DS))
    tables = {"first_items": first, "items": items}
    for spec in (labeler_quality.TABLE, golden_coverage.TABLE):
        tables[spec.name] = _rows(Storage(_session, settings.storage), spec)
    return tables


def _rows(storage: Storage, spec: TableSpec) -> Rows:
    return [row.asDict(recursive=True) for row in storage.read(spec).collect()]


def quality(written: dict[str, Rows], labeler: str, reference: str, prompt: str = "all") -> dict[str, Any]:
    (row,) = (
        row
        for row in written["labeler_quality"]
        if (row["labeler_id"], row["reference"], row["prompt_version"]) == (labeler, reference, prompt)
    )
    return row


def human_verdict() -> pd.Series:
    return UNITS["adjudicated"].fillna(UNITS["first"])


def weighted_rates(label: pd.Series, truth: pd.Series, weight: pd.Series) -> list[float]:
    y, t = label == "violating", truth == "violating"
    right = (weight * (y & t)).sum(), (weight * (~y & ~t)).sum(), (weight * (y & t)).sum()
    whole = (weight * t).sum(), (weight * ~t).sum(), (weight * y).sum()
    return [r / w for r, w in zip(right, whole, strict=True)]


def test_rates_are_weighted_by_the_chance_of_reaching_the_reference(written: dict[str, Rows]) -> None:
    truth = human_verdict()
    both = UNITS["on_human"] & (UNITS["llm"] != "cannot_tell")
    row = quality(written, "m1", "human", PROMPT)
    expected = weighted_rates(UNITS["llm"][both], truth[both], 1 / P_HUMAN[both])
    assert [row[name] for name in ("sensitivity", "specificity", "precision")] == pytest.approx(expected, rel=1e-9)
    assert row["n"] == both.sum()
    assert row["n_positive"] == (truth[both] == "violating").sum()
    assert row["weighted_n"] == pytest.approx((1 / P_HUMAN[both]).sum())
    assert row["n_no_verdict"] == int(UNITS["on_human"][0])
    unweighted = weighted_rates(UNITS["llm"][both], truth[both], pd.Series(1.0, UNITS.index)[both])
    assert row["sensitivity"] != pytest.approx(unweighted[0], rel=1e-3)
    for name in ("sensitivity", "specificity", "precision", "agreement", "kappa", "alpha"):
        assert row[f"{name}_ci_low"] <= row[name] <= row[f"{name}_ci_high"]
        assert row[f"{name}_std_error"] > 0


def test_kappa_and_its_error_are_those_of_the_units(written: dict[str, Rows]) -> None:
    both = UNITS["on_human"] & (UNITS["llm"] != "cannot_tell")
    sides = [(side[both] == "violating").to_numpy(int) for side in (UNITS["llm"], human_verdict())]
    functional, w = cohen_kappa(*[np.eye(2)[side] for side in sides]), (1 / P_HUMAN[both]).to_numpy()
    row = quality(written, "m1", "human", PROMPT)
    assert row["kappa"] == pytest.approx(functional.value(w), rel=1e-9)
    assert row["kappa_std_error"] == pytest.approx(np.linalg.norm(w * functional.influence(w)), rel=1e-9)


def test_missing_gold_verdicts_are_stood_for_by_units_with_the_same_label(written: dict[str, Rows]) -> None:
    row = quality(written, "r1", "gold")
    hers = UNITS["first"].where(UNITS["reviewer"] == "r1").fillna(UNITS["second"].where(UNITS["reviewer"] == "r2"))
    asked = UNITS["on_gold"] & hers.notna()
    answered, weight = asked & UNITS["gold"].notna(), 1 / P_GOLD
    assert (row["n"], row["n_no_reference"]) == (answered.sum(), asked.sum() - answered.sum())
    assert row["n_no_reference"] > 0
    factors = {v: weight[asked & (hers == v)].sum() / weight[answered & (hers == v)].sum() for v in hers.dropna()}
    expected = weighted_rates(hers[answered], UNITS["gold"][answered], (weight * hers.map(factors))[answered])
    assert [row["sensitivity"], row["specificity"], row["precision"]] == pytest.approx(expected, rel=1e-9)
    assert row["is_best_reference"]


def test_double_reviews_have_agreement_and_no_truth(written: dict[str, Rows]) -> None:
    row = quality(written, "all", "second_review")
    twice = UNITS["second"].notna()
    weight = (1 / (P_HUMAN * SECOND))[twice]
    same = (UNITS["first"] == UNITS["second"])[twice]
    assert row["n"] == twice.sum()
    assert row["weighted_n"] == pytest.approx(weight.sum())
    assert row["agreement"] == pytest.approx((weight * same).sum() / weight.sum(), rel=1e-9)
    assert row["sensitivity"] is None
    assert not row["is_best_reference"]
    of_reviewers = [quality(written, reviewer, "second_review")["n"] for reviewer in ("r1", "r2")]
    assert of_reviewers == [twice.sum()] * 2


def test_whole_rungs_and_the_best_reference(written: dict[str, Rows]) -> None:
    rows = [row for row in written["labeler_quality"] if row["labeler_id"] == "all" and row["rung"] == "llm"]
    assert {row["reference"]: row["is_best_reference"] for row in rows} == {"human": False, "gold": True}
    assert {row["policy"] for row in rows} == {POLICY}


def test_canaries_count_and_dawid_skene_is_a_cross_check(written: dict[str, Rows]) -> None:
    row = quality(written, "r1", "canary")
    n = sum(item["source"] == "gold_rung" for item in written["items"])
    assert (row["n"], row["agreement"]) == (n, pytest.approx(1 - 1 / n))
    assert quality(written, "m1", "gold", PROMPT)["dawid_skene_is_converged"]
    assert row["dawid_skene_specificity"] == pytest.approx(0.92, abs=0.1)


def test_a_model_that_turned_round_on_every_anchor_is_an_alarm(written: dict[str, Rows]) -> None:
    row = quality(written, "m1", "anchor", PROMPT)
    assert (row["agreement"], row["drift_change"], row["drift_flip_rate"]) == (0.0, -1.0, 1.0)
    assert row["is_drifting"]
    assert row["drift_p_value"] < row["drift_alarm_limit"] == 0.05
    assert all(other["is_drifting"] is None for other in written["labeler_quality"] if other["reference"] != "anchor")


def test_golden_items_are_experts_verdicts_with_their_weights(written: dict[str, Rows]) -> None:
    items = {item["item_id"]: item for item in written["first_items"]}
    gold = UNITS[UNITS["gold"].notna()]
    sampled = {name: item for name, item in items.items() if item["source"] == "gold_rung"}
    assert set(sampled) == set(gold["unit_id"])
    weights = {unit: 1 / p for unit, p in zip(UNITS["unit_id"], P_GOLD, strict=True)}
    assert {name: item["weight"] for name, item in sampled.items()} == pytest.approx(
        {name: weights[name] for name in sampled}
    )
    settled = {name: item["weight"] for name, item in items.items() if item["source"] == "adjudication"}
    assert set(settled) == set(UNITS[UNITS["adjudicated"].notna() & UNITS["gold"].isna()]["unit_id"])
    assert set(settled.values()) == {None}
    assert {item["surface"] for item in items.values()} == {"search"}


def test_anchors_stay_when_the_day_runs_again_with_more_items(written: dict[str, Rows]) -> None:
    def anchors(items: Rows) -> set[str]:
        return {item["item_id"] for item in items if item["is_anchor"] and item["policy_version"] == "1"}

    assert len(anchors(written["first_items"])) == 6
    assert anchors(written["items"]) >= anchors(written["first_items"])
    (curated,) = (item for item in written["items"] if item["source"] == "curated")
    assert (curated["weight"], curated["query_text"], curated["pins"][0]["title"]) == (None, "by hand", "a pin")
    assert len(written["items"]) == len(written["first_items"]) + 1


def test_coverage_says_what_to_add(written: dict[str, Rows]) -> None:
    rows = {(row["policy"], row["aspect"], row["item_class"]): row for row in written["golden_coverage"]}
    assert len(rows) == 4 * 3 * 3
    language = rows[(POLICY, "language", "all")]
    assert 0 <= language["divergence"] <= 1
    assert language["n_units"] == len(UNITS) - 1  # one that nobody could judge
    wanted = {gap["bin"]: gap["n_wanted"] for gap in language["gaps"]}
    assert language["n_wanted"] == sum(wanted.values())
    assert rows[("adult_content", "score", "all")]["divergence"] is None
    examples = [unit for row in rows.values() for gap in row["gaps"] for unit in gap["example_unit_ids"]]
    golden = {item["item_id"] for item in written["items"]}
    assert set(examples) <= set(UNITS["unit_id"]) - golden
