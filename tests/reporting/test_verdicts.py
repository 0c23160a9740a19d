"""Verdicts: what can be trusted, what moved, and what cannot be compared."""

from datetime import date
from typing import Any, get_args

import pandas as pd
import pytest

from lib.reporting.breaks import Break, breaks_of
from lib.reporting.change_verdicts import ChangeVerdict, change_verdict
from lib.reporting.estimates import Estimate, read_estimates
from lib.reporting.gate_words import GATES, broken_words, plain_reasons
from lib.reporting.numbers import Numbers, View
from lib.reporting.trust import trust_in
from schemas.contracts.release_settings import GateName
from tests.reporting.examples import MONDAY, component_row, dashboard_data, estimate_row, week_before_row

HELD = {"status": "held", "hold_reasons": ["label_lag: 5 days"]}


def estimates(*rows: dict[str, Any]) -> list[Estimate]:
    return read_estimates(dashboard_data([*rows]).prevalence, minimum_segment_labels=100)


def verdict(now: dict[str, Any], before: dict[str, Any] | None, *breaks: Break, n_compared: int = 1) -> ChangeVerdict:
    rows = estimates(*[row for row in (now, before) if row is not None])
    earlier = rows[1] if before is not None else None
    return change_verdict(rows[0], earlier, breaks=breaks, n_compared=n_compared, confidence_level=0.95)


def figure(share: float, half: float) -> dict[str, float]:
    return {"prevalence": share, "ci_low": share - half, "ci_high": share + half}


def test_up_and_down_are_said_only_beyond_error() -> None:
    before = week_before_row(**figure(0.004, 0.0005))
    assert verdict(estimate_row(**figure(0.006, 0.0005)), before).state == "up"
    assert verdict(estimate_row(**figure(0.002, 0.0005)), before).state == "down"
    assert verdict(estimate_row(**figure(0.0045, 0.0005)), before).state == "unclear"


def test_range_of_a_change_is_widened_by_the_number_of_comparisons() -> None:
    now, before = estimate_row(**figure(0.006, 0.001)), week_before_row(**figure(0.0045, 0.001))
    alone, among_twenty = verdict(now, before), verdict(now, before, n_compared=20)
    assert alone.state == "up"
    assert among_twenty.state == "unclear"
    assert alone.change is not None
    assert among_twenty.change is not None
    # √2 x 0.001, and by 3.0233/1.9600, the normal quantiles of 1 - 0.05/40 and 1 - 0.05/2
    assert alone.change.low == pytest.approx(0.0015 - 0.00141421, abs=1e-8)
    assert among_twenty.change.low == pytest.approx(0.0015 - 0.00141421 * 3.02334 / 1.95996, abs=1e-8)


def test_change_needs_both_figures() -> None:
    now = estimate_row()
    assert verdict(now, None).text == "There is no earlier figure."
    assert verdict(now, week_before_row(**HELD)).text == "The figure before is held."
    few = {"segment": "country", "segment_value": "BR", "n_llm": 99, "n_human": 1}
    assert verdict(estimate_row(), week_before_row(**few)).text == "The figure before has too few labels."


@pytest.mark.parametrize(
    ("kind", "policy", "day", "n_human", "state"),
    [
        ("policy", "adult_content", 5, 9, "not_comparable"),
        ("policy", "spam", 5, 9, "up"),
        ("policy", "adult_content", 11, 9, "up"),  # after the later period
        ("prompt", None, 5, 9, "up"),  # people correct it
        ("prompt", None, 5, 0, "not_comparable"),
        ("scorer", None, 5, 0, "up"),
    ],
)
def test_across_a_changed_question_nothing_goes_up(
    kind: Any, policy: str | None, day: int, n_human: int, state: str
) -> None:
    labels = {"n_human": n_human}
    now = estimate_row(**figure(0.006, 0.0005), **labels)
    before = week_before_row(**figure(0.004, 0.0005), **labels)
    found = verdict(now, before, Break(date(2024, 3, day), kind, policy, "new"))
    assert found.state == state
    assert found.change is not None


@pytest.mark.parametrize(
    ("changes", "state", "text"),
    [
        ({}, "sound", ""),
        ({"warnings": ["positives: fewer"]}, "care", "Few violations were found, so the range may be too short."),
        ({"n_human": 0}, "care", "One kind of labeler judged and nobody checked it."),
        ({"ci_high": 0.009}, "care", "Wide range: more than half of the figure to either side."),
        ({"ci_high": 0.02, "warnings": ["relative_width: wide"]}, "care", "The range is very wide."),
        ({"prevalence": 0.0, "ci_low": 0.0}, "care", "No violation was found."),
        (HELD, "held", "Labels lag behind the sample."),
        ({"segment": "country", "n_llm": 99, "n_human": 1}, "few", "There are too few labels for a figure."),
        ({"ci_low": None}, "held", "No figure with a range can be computed."),
    ],
)
def test_trust_is_one_plain_verdict(changes: dict[str, Any], state: str, text: str) -> None:
    (estimate,) = estimates(estimate_row(**changes))
    assert (trust_in(estimate).state, trust_in(estimate).text) == (state, text)


def test_share_of_a_component_is_not_judged_by_its_width() -> None:
    (estimate,) = estimates(component_row("query", 0.1, 0.01, 0.4))
    assert trust_in(estimate).state == "sound"


def test_every_gate_has_words_and_unknown_reasons_come_out_as_they_are() -> None:
    assert set(GATES) == set(get_args(GateName))
    assert broken_words("estimable: no_labels: no sampled unit has a verdict") == "no sampled unit has a label"
    assert broken_words("estimable: something else") == "no figure with a range can be computed"
    assert broken_words("new_gate: 3 of 4") == "new gate: 3 of 4"
    assert plain_reasons(["positives: 1", "positives: 2"]).count("violations") == 1


def test_numbers_compared_side_by_side_are_all_policies_and_all_values_of_a_segment() -> None:
    def change(n_policies: int, **place: str) -> ChangeVerdict | None:
        rows = [
            row(policy=f"p{number}", **shares, **place)
            for number in range(n_policies)
            for row, shares in ((estimate_row, figure(0.006, 0.001)), (week_before_row, figure(0.0045, 0.001)))
        ]
        numbers = Numbers(estimates(*rows), policies=["p0"], breaks=[], confidence_level=0.95)
        segment = {"segment": place.get("segment", "all"), "segment_value": place.get("segment_value", "all")}
        number = numbers.find(View("week", MONDAY, "units", "regression", **segment), "p0")
        return None if number is None else number.change

    alone, among = change(1), change(20)
    assert alone is not None
    assert among is not None
    assert (alone.state, among.state) == ("up", "unclear")


def test_breaks_are_first_days_of_something_new() -> None:
    days = [date(2024, 3, day) for day in (4, 5, 6, 7)]
    versions = pd.DataFrame(
        {
            "ds": pd.to_datetime(days),
            "policies": [{"spam": "1.0 aaaaaaaaaa"}, {"spam": "1.0 aaaaaaaaaa"}, {"spam": "1.1 bbbbbbbbbb"}, {}],
            "prompt_versions": [["p1", "h1"], ["p1"], ["p2", "h1"], ["p1"]],
        }
    )
    scorers = pd.DataFrame(
        {"ds": pd.to_datetime(days), "scorer_version": ["none", "v1", "v1", "v2"], "size_measure_rule": "x"}
    )
    assert breaks_of(versions, scorers, None) == [
        Break(days[1], "scorer", None, "New scorer: v1"),
        Break(days[2], "policy", "spam", "Policy text changed: 1.0 (aaaaaaaa) → 1.1 (bbbbbbbb)"),
        Break(days[2], "prompt", None, "New prompt or labeler configuration: p2"),
        Break(days[3], "scorer", None, "New scorer: v2"),
    ]
