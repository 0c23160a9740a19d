"""Reading and choosing estimates; figures as text."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from lib.reporting import figures
from lib.reporting.dashboard_data import COLUMNS
from lib.reporting.estimates import NO_REASON, Figure, anchor_before, anchor_of, read_estimates
from schemas import labeler_quality, prevalence, release_gates, restatements, row_account, series_breaks
from tests.reporting.examples import component_row, dashboard_data, estimate_row


def test_page_reads_only_what_the_tables_promise() -> None:
    assert set(COLUMNS["prevalence"]) <= set(prevalence.TABLE.column_names)
    assert set(COLUMNS["row_account"]) <= set(row_account.TABLE.column_names)
    assert set(COLUMNS["restatements"]) - {"is_shown"} <= set(restatements.TABLE.column_names)
    assert set(COLUMNS["series_breaks"]) <= set(series_breaks.TABLE.column_names)
    assert set(COLUMNS["gates"]) <= set(release_gates.TABLE.column_names)
    assert set(COLUMNS["labeler_quality"]) <= set(labeler_quality.TABLE.column_names)


def test_held_estimate_has_no_figure_whatever_the_row_says() -> None:
    data = dashboard_data([estimate_row(status="held", hold_reasons=np.array(["too_few_positives"]))])
    (estimate,) = read_estimates(data.prevalence)
    assert estimate.figure is None
    assert estimate.hold_reasons == ("too_few_positives",)
    assert estimate.warnings == ()


@pytest.mark.parametrize("reasons", [None, [], np.array([])])
def test_held_estimate_without_a_reason_says_so(reasons: object) -> None:
    data = dashboard_data([estimate_row(status="held", hold_reasons=reasons)])
    assert read_estimates(data.prevalence)[0].hold_reasons == (NO_REASON,)


@pytest.mark.parametrize(
    ("changes", "is_too_few"),
    [
        ({"segment": "country", "segment_value": "BR", "n_llm": 99, "n_human": 9}, True),
        ({"segment": "country", "segment_value": "BR", "n_llm": 100, "n_human": 9}, False),
        ({"segment": "country", "segment_value": "BR", "n_llm": 0, "n_human": 99}, True),
        ({"segment": "country", "segment_value": "BR", "n_llm": 99, "status": "held", "hold_reasons": ["x"]}, False),
        ({"n_llm": 9, "n_human": 1}, False),  # the whole population is the gates' business
    ],
)
def test_segment_needs_labels_on_the_lowest_rung_in_use(changes: dict[str, object], is_too_few: bool) -> None:
    data = dashboard_data([estimate_row(**changes)])
    (estimate,) = read_estimates(data.prevalence, minimum_segment_labels=100)
    assert estimate.is_too_few == is_too_few
    assert (estimate.figure is None) == (is_too_few or changes.get("status") == "held")


def test_figure_of_a_component_is_its_share_of_what_violates() -> None:
    data = dashboard_data([component_row("query", 0.61, 0.48, 0.73)])
    assert read_estimates(data.prevalence)[0].figure == Figure(0.61, 0.48, 0.73)


def test_figures_keep_six_digits() -> None:
    figure = read_estimates(dashboard_data([estimate_row(prevalence=0.00412345678)]).prevalence)[0].figure
    assert figure is not None
    assert figure.prevalence == 0.00412346


@pytest.mark.parametrize(
    ("period", "first_day", "anchor", "before"),
    [
        ("day", date(2024, 3, 1), date(2024, 3, 1), date(2024, 2, 29)),
        ("week", date(2024, 3, 6), date(2024, 3, 4), date(2024, 2, 26)),
        ("quarter", date(2024, 2, 6), date(2024, 1, 1), date(2023, 10, 1)),
        ("all", date(2024, 3, 6), date.min, None),
    ],
)
def test_periods_are_told_apart_by_their_anchor(
    period: str, first_day: date, anchor: date, before: date | None
) -> None:
    assert anchor_of(period, first_day) == anchor
    assert anchor_before(period, anchor) == before


@pytest.mark.parametrize(
    ("ci_low", "ci_high", "shown"),
    [
        (0.0031, 0.0055, "0.31–0.55 %"),
        (0.000274, 0.000359, "0.0274–0.0359 %"),
        (0.10, 0.20, "10.00–20.00 %"),
        (0.0, 0.0007, "0.000–0.070 %"),
        (0.0, 0.0, "0.00–0.00 %"),
    ],
)
def test_decimals_show_the_width_with_two_digits(ci_low: float, ci_high: float, shown: str) -> None:
    decimals = figures.interval_decimals(ci_low, ci_high)
    assert figures.percent_interval(ci_low, ci_high, decimals=decimals).replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(("difference", "shown"), [(0.0005, "+0.05"), (-0.0005, "−0.05"), (-0.00001, "0.00")])
def test_points_carry_a_sign_unless_they_are_zero(difference: float, shown: str) -> None:
    assert figures.signed_points(difference, decimals=2) == shown


def test_counts_are_rounded_half_up_and_who_judged_is_said_from_the_first_rung_on() -> None:
    assert figures.count(float("nan")) == "–"
    assert figures.count(1234567) == "1,234,567"
    assert figures.count(2.5) == "3"
    assert figures.judged_units({"llm": 0, "human": 0}) == "No unit was judged."
    assert figures.judged_units({"llm": 0, "human": 40, "gold": 7}) == "People judged 40 units, experts 7 of them."


@pytest.mark.parametrize(
    ("number", "decimals", "shown"), [(0.125, 2, "0.13"), (0.375, 2, "0.38"), (2.5, 0, "3"), (1.005, 2, "1.00")]
)
def test_halves_go_away_from_zero_by_what_the_number_really_is(number: float, decimals: int, shown: str) -> None:
    assert figures.fixed(number, decimals=decimals) == shown  # 1.005 is 1.00499... in binary


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.5, "about 1 in 2"), (0.0079, "about 1 in 130"), (0.008, "about 1 in 130"), (0.00001, "about 1 in 100,000")],
)
def test_shares_are_said_as_one_in_so_many(share: float, shown: str) -> None:
    assert figures.one_in(share) == shown  # 1/0.008 is 125: a half goes up


def test_spans_of_days_say_once_what_both_ends_share() -> None:
    days = [date(2024, 3, 4), date(2024, 3, 10), date(2024, 4, 2), date(2025, 1, 1)]
    assert [figures.day_range(days[0], last) for last in days] == [
        "4 Mar 2024", "4–10 Mar 2024", "4 Mar – 2 Apr 2024", "4 Mar 2024 – 1 Jan 2025",
    ]  # fmt: skip


def test_dates_may_be_text_or_timestamps() -> None:
    text = dashboard_data([estimate_row(period_start="2024-03-04", period_end=pd.Timestamp("2024-03-10"))])
    assert figures.day(read_estimates(text.prevalence)[0].anchor) == "4 Mar 2024"
