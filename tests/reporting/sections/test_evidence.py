"""The evidence behind the numbers: what it says, and what it keeps back about numbers that are held."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from tests.reporting.evidence_examples import (
    all_evidence,
    break_row,
    check_row,
    gate_row,
    quality_row,
    restatement_row,
)
from tests.reporting.examples import MONDAY, all_rows, dashboard_data, day_row, estimate_row
from tests.reporting.parsed_page import ParsedPage

HELD = {"status": "held", "hold_reasons": ["missing_labels: 12.3% of the weight has no verdict; label the rest"]}
HELD_WEEK = [estimate_row(**HELD)]


def text_of(rows: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]) -> str:
    """The text of a page with the given evidence."""
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return ParsedPage(render_dashboard(dashboard_data(rows, **frames))).text


def test_gates_say_what_they_ask_their_limit_and_to_whom_they_said_no() -> None:
    gates = [
        gate_row("missing_labels"),
        gate_row("positives", figure=7, bound=10, bound_kind="at_least", verdict="warned", reason="positives: few"),
        gate_row("join_loss", policy="*", subject="pin_log", figure=0.06, bound=0.05, verdict="held", reason="x"),
        gate_row("age", figure=None, bound=None, verdict="not_applicable"),
    ]
    text = text_of(gates=gates)
    assert "Labels there Does nearly every sampled unit have a label? ≤ 0.1 passed" in text
    assert "range to hold? ≥ 10 warned: Adult content (7)" in text
    assert "be used? ≤ 0.05 held: pin_log (0.06)" in text
    assert "act on? – nothing to go by" in text
    assert text.index("Log rows joined") < text.index("Labels there") < text.index("Violations counted")


@pytest.mark.parametrize("gate", ["positives", "relative_width", "realised_error", "arm_agreement", "kappa"])
@pytest.mark.slow
def test_what_a_gate_found_of_a_held_number_is_nowhere(gate: str) -> None:
    found = [gate_row(gate, figure=0.31415, verdict="warned", reason="x")]
    assert "0.314" in text_of(gates=found)
    assert "0.314" not in text_of(HELD_WEEK, gates=found)
    everywhere = [gate_row(gate, policy="*", figure=0.31415, verdict="warned", reason="x")]
    assert "0.314" not in text_of(gates=everywhere)


def test_reasons_of_held_numbers_are_said_once_with_the_numbers_they_hold() -> None:
    surface = estimate_row(segment="surface", segment_value="search", **HELD)
    text = text_of([*HELD_WEEK, surface], gates=[gate_row("missing_labels")])
    assert (
        "Too many sampled units have no label. 2 numbers: Adult content, by units; Adult content, by units, surface "
        "search. Recorded: missing_labels: 12.3% of the weight has no verdict; label the rest"
    ) in text


@pytest.mark.slow
def test_labelers_are_shown_whole_only_beside_a_number_that_is_shown() -> None:
    assert (
        "LLM, against people 82 % 71–90 % 99.8 % 99.4–99.9 % 76 % 64–85 % 0.78 0.69–0.87 1,260 57 violating"
        in text_of(labeler_quality=[quality_row()])
    )
    secret = {"n_positive": 4711, "kappa": 0.1234, "precision": 0.5678}
    text = text_of(HELD_WEEK, labeler_quality=[quality_row(**secret)])
    assert "LLM, against people 82 % 71–90 % 99.8 % 99.4–99.9 % – – 1,260 Of" in text
    assert text == text_of(HELD_WEEK, labeler_quality=[quality_row()])
    assert "Of Adult content only part is shown" in text


def test_labelers_without_a_rate_and_labelers_that_drift_are_named() -> None:
    unknown = dict.fromkeys(("sensitivity", "sensitivity_ci_low", "sensitivity_ci_high"))
    text = text_of(labeler_quality=[quality_row(is_drifting=True, **unknown)])
    assert "LLM, against people not known 99.8 %" in text
    assert "An LLM judges known items otherwise than at first: Adult content." in text


@pytest.mark.slow
def test_correction_shows_both_figures_only_of_a_number_that_is_shown() -> None:
    text = text_of(restatements=[restatement_row()])
    assert "12 Mar 2024 Adult content, week 4–10 Mar 2024, by units 0.39 % (0.29–0.53 %) 0.42 % (0.31–0.55 %)" in text
    assert "labels came in after the earlier release; Reviewers were late." in text
    withdrawn = restatement_row(kind="withdrawn", is_shown=False, new_prevalence=None, old_prevalence=0.0777)
    text = text_of(HELD_WEEK, restatements=[withdrawn])
    assert "by units shown before, held now; not shown any more" in text
    assert "7.77" not in text
    assert text == text_of(HELD_WEEK, restatements=[withdrawn | {"old_prevalence": 0.0111}])


def test_no_correction_is_said_otherwise_than_no_release() -> None:
    empty = pd.DataFrame()
    assert "was corrected" in ParsedPage(render_dashboard(dashboard_data(restatements=empty))).text
    assert "nothing could be corrected" in ParsedPage(render_dashboard(dashboard_data())).text


@pytest.mark.slow
def test_changes_of_policy_and_prompt_are_listed_with_what_they_mean() -> None:
    versions = [
        {"ds": date(2024, 3, 4), "policies": {"adult_content": "2.0 aa"}, "prompt_versions": ["p1"]},
        {"ds": date(2024, 3, 5), "policies": {"adult_content": "2.1 bb"}, "prompt_versions": ["p1"]},
    ]
    text = text_of(versions=versions)
    assert "5 Mar 2024 Policy text changed: 2.0 (aa) → 2.1 (bb) Adult content The written policy changed" in text
    assert "No policy and no prompt changed" in text_of(versions=versions[:1])


def test_study_of_a_break_shows_the_shift_and_neither_prevalence() -> None:
    text = text_of(series_breaks=[break_row(old_prevalence=0.0777, new_prevalence=0.0781)])
    assert "units llm +0.040 points (+0.010 to +0.080) 2,000, 31 differ Clearer examples" in text
    assert "7.77" not in text
    assert "Measured change of prompt version: 8f3a → 91bc (Clearer examples)" in text


def test_data_checks_are_shown_by_table_and_day_and_faults_are_named() -> None:
    failed = check_row(ds=date(2024, 3, 5), n_failed=1, n_warned=2, failed_names=["unique_units"])
    text = text_of(data_checks=[check_row(), failed, check_row(table_name="labels")])
    assert "36 checks ran; some failed" in text
    assert "Table 4 Mar 2024 5 Mar 2024 labels 12 passed – samples 12 passed 1 failed, 2 warned, 9 passed" in text
    assert "5 Mar 2024, samples: unique_units" in text


def test_realised_errors_are_compared_with_planned_ones_on_days_that_are_shown() -> None:
    planned = [
        {"ds": date(2024, 3, day), "policy": "adult_content", "measure": "units", "planned_std_error": error}
        for day, error in ((4, 0.0005), (5, 0.0007), (6, 0.0001))
    ]
    rows = [*all_rows()[:-3], day_row(date(2024, 3, 4)), day_row(date(2024, 3, 5), **HELD), day_row(date(2024, 3, 6))]
    page = ParsedPage(render_dashboard(dashboard_data(rows, planned_errors=pd.DataFrame(planned))))
    assert "Adult content 1 beyond the scale 3.60 × 2" in page.text  # 0.0006 over 0.0005 and 0.0001: 1.2 and 6
    assert "1 planned days are not compared" in page.text
    assert [dot["cx"] for dot in page.having("circle", **{"class": "day-dot"})] == ["40%", "100%"]


def test_checks_of_the_plan_say_their_answer() -> None:
    span = {"period": "day", "period_start": MONDAY, "period_end": MONDAY, "policy": "adult_content"}
    found = {"kind": "realised_error", "measure": "units", "status": "blind_spot_suspected", "reason": None}
    unchecked = {"kind": "validation_arm", "measure": "units", "status": "not_checked", "reason": "too few units"}
    text = text_of(plan_checks=[span | found, span | unchecked])
    assert "day 4 Mar 2024 the realised error is above it: violations carry scores that are too low" in text
    assert "not checked: too few units" in text


@pytest.mark.slow
def test_costs_are_what_was_booked_or_else_what_is_configured() -> None:
    booked = dashboard_data().label_sources
    text = ParsedPage(render_dashboard(dashboard_data(label_sources=booked, currency="EUR"))).text
    assert "The labels of this week cost 168.00 EUR." in text
    assert "llm-1 LLM 8,400 8,400 168.00 EUR 0.0200 EUR 0.0200 EUR as booked with the labels" in text
    # ± 28.6 % of the figure: 168 x ((0.2857/0.2757)² - 1); half as wide: four times the labels
    assert "Adult content ± 29 % + 12.41 EUR + 504.00 EUR" in text
    people = booked.assign(rung="human", labeler_id="reviewers", n_priced=0, cost=float("nan"))
    both = pd.concat([booked, people])
    text = ParsedPage(render_dashboard(dashboard_data(label_sources=both, currency="EUR"))).text
    assert "8,400 verdicts have no price and are not in it" in text
    assert "What more precision would cost" not in text
    priced = dashboard_data(label_sources=both, currency="EUR", unit_prices={"human": 1.5})
    text = ParsedPage(render_dashboard(priced)).text
    assert "cost 12,768 EUR, in part or all by the prices of the settings" in text


def test_price_of_precision_is_not_told_of_a_held_number() -> None:
    assert "What more precision would cost" not in text_of(HELD_WEEK)


def test_every_row_about_one_policy_can_be_filtered_by_it() -> None:
    page = ParsedPage(render_dashboard(dashboard_data(**all_evidence())))
    rows = page.having("tr", **{"data-policy": "adult_content"})
    # scoreboard, alert, its units, labeler, two estimators, two of the plan, correction, study, violations found,
    # precision
    assert len(rows) == 12
