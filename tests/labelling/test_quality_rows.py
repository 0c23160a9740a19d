"""Rows of labeler_quality from sums: the best reference, and when a change on the anchors is an alarm. No Spark."""

from datetime import date
from typing import Any

import pytest

from lib.labelling.labeler_quality.dawid_skene_rates import dawid_skene_rates
from lib.labelling.labeler_quality.quality_rows import quality_rows, with_dawid_skene, with_drift
from lib.labelling.labeler_quality.window_quality import drift_lines
from schemas.labeler_quality import TABLE

DAY = date(2026, 3, 3)
YES, NO = "violating", "not_violating"


def sums(reference: str, cells: dict[tuple[str, str], int], policy: str = "p") -> list[dict[str, Any]]:
    """Units of weight 4 by label and truth, of LLM m1."""
    labeler = {"rung": "llm", "labeler_id": "m1", "prompt_version": "v1", "policy": policy, "reference": reference}
    return [
        labeler
        | {"label": label, "truth": truth, "n": n, "weight": 4.0 * n, "squared_weight": 16.0 * n}
        | {"score_weight": 2.0 * n, "score_squared_weight": 8.0 * n}
        for (label, truth), n in cells.items()
    ]


def rows(*parts: list[dict[str, Any]], minimum: int = 30) -> list[dict[str, Any]]:
    joined = [row for part in parts for row in part]
    return quality_rows(joined, start=DAY, end=DAY, confidence_level=0.95, minimum_reference_verdicts=minimum)


HUMAN = {(YES, YES): 18, (YES, NO): 2, (NO, YES): 6, (NO, NO): 74, ("cannot_tell", YES): 5, (NO, "missing"): 26}
GOLD = {(YES, YES): 3, (NO, NO): 20}


def test_counts_and_rates_of_a_pair_of_rungs() -> None:
    (row,) = rows(sums("human", HUMAN))
    assert set(row) == set(TABLE.column_names) - {"ds", "design_id", "job_run_id"}
    assert (row["n"], row["n_positive"], row["n_negative"]) == (100, 24, 76)
    assert (row["n_no_verdict"], row["n_no_reference"]) == (5, 26)
    # the 26 without a human verdict were labelled not violating: its 80 answered ones count 106/80 times
    assert row["sensitivity"] == pytest.approx(18 / (18 + 6 * 106 / 80))
    assert row["precision"] == pytest.approx(0.9)
    assert row["weighted_n"] == pytest.approx(4 * 126)


@pytest.mark.parametrize(("minimum", "best"), [(20, "gold"), (30, "human"), (101, None)])
def test_the_best_reference_is_the_highest_with_enough_verdicts(minimum: int, best: str | None) -> None:
    found = rows(sums("human", HUMAN), sums("gold", GOLD), sums("anchor", GOLD), minimum=minimum)
    assert [row["reference"] for row in found if row["is_best_reference"]] == ([best] if best else [])
    one_sided = rows(sums("gold", {(NO, NO): 500}))
    assert not one_sided[0]["is_best_reference"]
    assert (one_sided[0]["kappa"], one_sided[0]["sensitivity"]) == (None, None)
    assert "All verdicts are the same" in one_sided[0]["no_estimate_reason"]


def test_a_row_says_why_kappa_has_no_limits() -> None:
    (row,) = rows(sums("human", {(NO, NO): 99, (NO, YES): 1}))
    assert row["is_best_reference"]
    assert [row[f"{name}_ci_high"] for name in ("kappa", "alpha")] == [None, None]
    assert row["no_estimate_reason"].startswith("No unit is violating by both verdicts")
    assert row["sensitivity_ci_high"] > 0.9


def moved(policy: str, n_spoilt: int) -> dict[str, Any]:
    labeler = {"rung": "llm", "labeler_id": "m1", "prompt_version": "v1", "policy": policy, "first_ds": DAY}
    changes = {"n_mended": 0, "n_spoilt": n_spoilt, "n_to_violating": 0, "n_to_not_violating": n_spoilt}
    return labeler | changes | {"n": 60, "n_changed": n_spoilt}


def test_a_drift_alarm_holds_its_significance_over_policies() -> None:
    records = rows(sums("anchor", GOLD, "p"), sums("anchor", GOLD, "q"), sums("human", HUMAN, "p"))
    # 7 changes one way: 2·(2/2^7) = 0.03, an alarm alone, none among two policies
    alone = with_drift(records, [moved("p", 7)], confidence_level=0.95, significance=0.05)
    both = with_drift(records, [moved("p", 7), moved("q", 0)], confidence_level=0.95, significance=0.05)
    limits = [(row["policy"], row["is_drifting"], row["drift_alarm_limit"]) for row in both if row["drift_n"]]
    assert limits == [("p", False, 0.025), ("q", False, 0.025)]
    (line,) = drift_lines(alone)
    assert line.startswith("m1 (v1) judges p anchors otherwise than on 2026-03-03: accuracy -0.117")
    assert [row["is_drifting"] for row in alone if row["reference"] == "human"] == [None]


def test_dawid_skene_needs_three_labelers() -> None:
    def pattern(votes: str, weight: float, n_labelers: int = 3) -> dict[str, Any]:
        said = zip((("llm", "m1", "v1"), ("human", "r1", "all"), ("gold", "e1", "all")), votes, strict=True)
        both = [(*labeler, YES if vote == "1" else NO) for labeler, vote in said]
        return {"policy": "p", "votes": both[:n_labelers], "weight": weight}

    patterns = [pattern("000", 900.0), pattern("111", 60.0), pattern("011", 20.0), pattern("100", 20.0)]
    fitted = dawid_skene_rates(patterns)
    (row,) = with_dawid_skene(rows(sums("gold", GOLD)), fitted)
    assert row["dawid_skene_is_converged"]
    assert (row["dawid_skene_sensitivity"], row["dawid_skene_specificity"]) == pytest.approx((0.75, 900 / 920))
    assert fitted == dawid_skene_rates(patterns[::-1])
    assert dawid_skene_rates([pattern("000", 5.0, 2), pattern("110", 5.0, 2)]) == {}
