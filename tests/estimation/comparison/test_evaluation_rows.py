"""Rows of a prompt evaluation by hand: counts, exact tests, costs, and what is recommended."""

from typing import Any

import numpy as np
import pytest

from lib.estimation.comparison.evaluation_rows import ComparisonRule, evaluation_rows
from lib.estimation.comparison.exact_mcnemar import exact_mcnemar
from lib.estimation.comparison.paired_costs import paired_cost_difference
from lib.estimation.comparison.recommendation import RECOMMENDATIONS, simultaneous_level
from schemas.prompt_evaluations import RECOMMENDATIONS as STORED_RECOMMENDATIONS

RULE = ComparisonRule(confidence_level=0.95, minimum_violating=20, minimum_not_violating=20)
YES, NO, NONE = "violating", "not_violating", "cannot_tell"


def pairs(expert: str, baseline: str | None, candidate: str | None, n: int, **others: Any) -> list[dict[str, Any]]:
    pair = {
        "policy": "self_harm", "gold_kind": "curated", "weight": None, "expert_verdict": expert,
        "is_other_version": False, "baseline_verdict": baseline, "candidate_verdict": candidate,
        "baseline_cost": None, "candidate_cost": None,
    }  # fmt: skip
    return [pair | others for _ in range(n)]


def row_of(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    (row,) = evaluation_rows([pair for group in groups for pair in group], rule=RULE)
    return row


def test_exact_p_of_disagreements() -> None:
    assert exact_mcnemar(0, 0) == exact_mcnemar(3, 3) == 1.0
    assert exact_mcnemar(0, 6) == exact_mcnemar(6, 0) == pytest.approx(2 / 2**6)
    assert exact_mcnemar(1, 8) == pytest.approx(2 * (1 + 9) / 2**9)
    # airway hyper-responsiveness (Bentur et al. 2009), 1 against 7: 0.0703 in Fagerland, Lydersen & Laake (2017)
    assert exact_mcnemar(1, 7) == pytest.approx(0.0703, abs=5e-5)
    with pytest.raises(ValueError, match="-1"):
        exact_mcnemar(-1, 2)


def test_a_row_counts_what_happened() -> None:
    row = row_of(
        pairs(YES, YES, YES, 20),
        pairs(YES, NO, YES, 14, baseline_cost=0.02, candidate_cost=0.03),
        pairs(YES, YES, NO, 1, baseline_cost=0.0, candidate_cost=0.03),  # an answer from the cache has no price
        pairs(YES, NONE, YES, 2),
        pairs(NO, NO, NO, 60, is_other_version=True),
        pairs(NO, NO, YES, 1),
        pairs(NO, NO, NONE, 1),
        pairs(NO, NO, None, 3),
    )
    assert (row["policy"], row["gold_kind"], row["n_items"], row["n_not_labelled"]) == ("self_harm", "curated", 99, 3)
    assert (row["n_violating"], row["n_not_violating"], row["n_other_policy_version"]) == (35, 61, 60)
    assert (row["n_no_verdict_baseline"], row["n_no_verdict_candidate"], row["n_disagreements"]) == (2, 1, 16)
    rates = {
        name: (row[name]["baseline"], row[name]["candidate"]) for name in ("sensitivity", "specificity", "precision")
    }
    assert rates["sensitivity"] == (pytest.approx(21 / 35), pytest.approx(34 / 35))
    assert rates["specificity"] == (pytest.approx(1.0), pytest.approx(60 / 61))
    assert rates["precision"] == (pytest.approx(1.0), pytest.approx(34 / 35))
    assert row["answered_share"]["baseline"] == pytest.approx(97 / 99)
    assert row["mcnemar_violating"] == {"n_only_baseline": 1, "n_only_candidate": 14, "exact_p": exact_mcnemar(1, 14)}
    assert row["mcnemar_not_violating"]["exact_p"] == 1.0
    cost = row["cost_per_label"]
    assert (cost["n_items"], cost["difference"], cost["ci_low"]) == (14, pytest.approx(0.01), pytest.approx(0.01))
    assert set(cost) == {"baseline", "candidate", "difference", "ci_low", "ci_high", "n_items"}
    assert (cost["baseline"], cost["candidate"], cost["ci_high"]) == pytest.approx((0.02, 0.03, 0.01))
    assert row["mcnemar_not_violating"] == {"n_only_baseline": 1, "n_only_candidate": 0, "exact_p": 1.0}
    keys = {"baseline", "candidate", "difference", "std_error", "ci_low", "ci_high", "n_items", "effective_size"}
    assert set(row["sensitivity"]) == keys
    assert (row["sensitivity"]["n_items"], row["confidence_level"]) == (35, 0.95)
    assert row["apparent_prevalence"] is None  # curated items do not speak for traffic
    assert row["recommendation"] == "better"
    assert row["decision_level"] == pytest.approx(1 - 0.05 / 3)
    assert "98.33 %" in row["rule"]


def test_sampled_items_say_how_far_the_apparent_prevalence_would_move() -> None:
    sampled = {"gold_kind": "sampled"}
    row = row_of(
        pairs(YES, YES, YES, 30, weight=10.0, **sampled),
        pairs(YES, NO, YES, 10, weight=20.0, **sampled),
        pairs(NO, NO, NO, 95, weight=100.0, **sampled),
        pairs(NO, NO, YES, 5, weight=100.0, **sampled),
    )
    traffic = 30 * 10 + 10 * 20 + 100 * 100
    shift = row["apparent_prevalence"]
    assert (shift["baseline"], shift["candidate"]) == (pytest.approx(300 / traffic), pytest.approx(1000 / traffic))
    assert shift["difference"] == pytest.approx(700 / traffic)
    assert shift["ci_low"] < shift["difference"] < shift["ci_high"]
    assert row["sensitivity"]["baseline"] == pytest.approx(300 / 500)  # unweighted it would be 0.75
    assert row["sensitivity"]["effective_size"] < 40


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([pairs(YES, YES, YES, 40), pairs(NO, NO, NO, 40)], "no difference shown"),
        ([pairs(YES, YES, YES, 19), pairs(NO, NO, NO, 400)], "not enough gold"),
        ([pairs(YES, YES, YES, 400), pairs(NO, NO, NO, 19)], "not enough gold"),
        ([pairs(YES, YES, NO, 20), pairs(YES, YES, YES, 30), pairs(NO, NO, NO, 40)], "worse"),
        ([pairs(YES, NO, YES, 20), pairs(YES, YES, YES, 30), pairs(NO, NO, YES, 15), pairs(NO, NO, NO, 40)], "mixed"),
        # who refuses to answer every hard case has no errors left, and must not look better for it
        ([pairs(YES, NO, NONE, 20), pairs(YES, YES, YES, 30), pairs(NO, NO, NO, 40)], "worse"),
        ([pairs(YES, None, YES, 90), pairs(NO, NO, NO, 40)], "not enough gold"),
    ],
)
def test_what_is_recommended(groups: list[list[dict[str, Any]]], expected: str) -> None:
    assert row_of(*groups)["recommendation"] == expected


def test_a_difference_of_one_among_many_looks_is_not_shown() -> None:
    # 5 of 40 violations found only by the candidate: shown at 95 %, not at the level of four policies at once
    groups = [pairs(YES, NO, YES, 5), pairs(YES, YES, YES, 35), pairs(NO, NO, NO, 40)]
    one = [pair for group in groups for pair in group]
    four = [pair | {"policy": name} for pair in one for name in ("adult_content", "harassment", "misinformation", "x")]
    (alone,) = evaluation_rows(one, rule=RULE)
    among_four = evaluation_rows(four, rule=RULE)
    assert alone["sensitivity"]["ci_low"] > 0
    assert {row["recommendation"] for row in among_four} == {"no difference shown"}
    assert {row["decision_level"] for row in among_four} == {simultaneous_level(0.95, n_intervals=12)}


def test_nothing_labelled_yet_is_a_row_without_rates() -> None:
    row = row_of(pairs(YES, None, None, 3))
    assert (row["n_items"], row["n_not_labelled"], row["recommendation"]) == (0, 3, "not enough gold")
    names = ("sensitivity", "specificity", "precision", "answered_share", "apparent_prevalence", "cost_per_label")
    assert {row[name] for name in names} == {None}


def test_costs_are_compared_item_by_item() -> None:
    found = paired_cost_difference([0.01, 0.02, np.nan], [0.02, 0.05, 0.01], level=0.95)
    assert found is not None
    assert (found.before, found.after, found.n_items) == (pytest.approx(0.015), pytest.approx(0.035), 2)
    reach = 12.7062047 * 0.01  # t quantile on 1 degree of freedom x sd 0.0141 / √2
    assert (found.low, found.high) == (pytest.approx(0.02 - reach), pytest.approx(0.02 + reach))
    single = paired_cost_difference([0.01], [0.02], level=0.95)
    assert single is not None
    assert (single.low, single.high) == (None, None)
    assert paired_cost_difference([np.nan], [0.02], level=0.95) is None


def test_the_table_accepts_every_recommendation() -> None:
    assert STORED_RECOMMENDATIONS == RECOMMENDATIONS
