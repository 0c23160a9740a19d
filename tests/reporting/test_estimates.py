"""Reading, choosing and comparing estimates; figures as text."""

import numpy as np
import pandas as pd
import pytest

from lib.estimation.change.difference import change_between
from lib.reporting import figures
from lib.reporting.dashboard_data import COLUMNS
from lib.reporting.estimates import NO_REASON, Figure, read_estimates
from schemas import prevalence, row_account
from tests.reporting.examples import dashboard_data, estimate_row


def test_page_reads_only_what_the_tables_promise() -> None:
    assert set(COLUMNS["prevalence"]) <= set(prevalence.TABLE.column_names)
    assert set(COLUMNS["row_account"]) <= set(row_account.TABLE.column_names)


def test_held_estimate_has_no_figure_whatever_the_row_says() -> None:
    data = dashboard_data([estimate_row(status="held", hold_reasons=np.array(["too_few_positives"]))])
    (estimate,) = read_estimates(data.prevalence)
    assert estimate.figure is None
    assert estimate.hold_reasons == ("too_few_positives",)


@pytest.mark.parametrize("reasons", [None, [], np.array([])])
def test_held_estimate_without_a_reason_says_so(reasons: object) -> None:
    data = dashboard_data([estimate_row(status="held", hold_reasons=reasons)])
    assert read_estimates(data.prevalence)[0].hold_reasons == (NO_REASON,)


def test_change_is_zero_centred_for_equal_figures_and_beyond_error_for_distant_ones() -> None:
    now, before = Figure(0.004, 0.003, 0.006), Figure(0.004, 0.003, 0.006)
    change = change_between(now, before)
    assert (change.low, change.high) == pytest.approx((-np.hypot(0.001, 0.002), np.hypot(0.002, 0.001)))
    assert not change.is_beyond_error
    assert change_between(Figure(0.008, 0.007, 0.009), before).is_beyond_error


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
    assert figures.percent_interval(ci_low, ci_high, decimals=decimals) == shown


@pytest.mark.parametrize(("difference", "shown"), [(0.0005, "+0.05"), (-0.0005, "−0.05"), (-0.00001, "0.00")])
def test_points_carry_a_sign_unless_they_are_zero(difference: float, shown: str) -> None:
    assert figures.signed_points(difference, decimals=2) == shown


def test_unknown_counts_are_a_dash_and_absent_labels_are_named() -> None:
    assert figures.count(float("nan")) == "–"
    assert figures.count(1234567) == "1,234,567"
    assert figures.label_counts({"llm": 0, "human": 0}) == "no labels"


@pytest.mark.parametrize(("highest", "decimals"), [(0.0055, 1), (0.0004, 2), (0.9, 0), (0.0, 0)])
def test_axis_labels_tell_ticks_apart(highest: float, decimals: int) -> None:
    assert figures.axis_decimals(highest, n_ticks=4) == decimals


def test_dates_may_be_text_or_timestamps() -> None:
    text = dashboard_data([estimate_row(period_start="2024-03-04", period_end=pd.Timestamp("2024-03-10"))])
    assert figures.day(read_estimates(text.prevalence)[0].anchor) == "4 Mar 2024"
