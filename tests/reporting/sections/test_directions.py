"""The directional index: marked as such, with its back-test in words and the alarm, and what is kept back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from lib.reporting.dashboard_data import COLUMNS
from schemas import directional_index, monitoring_sequences
from schemas.contracts.monitoring_settings import IndexSettings
from tests.reporting.evidence_examples import alert_row, gap_row, index_row
from tests.reporting.examples import all_rows, dashboard_data, day_row, estimate_row
from tests.reporting.parsed_page import ParsedPage

Rows = list[dict[str, Any]]
MONDAY, TUESDAY, WEDNESDAY = (date(2024, 3, day) for day in (4, 5, 6))
HELD = {"status": "held", "hold_reasons": ["missing_labels: 12 %"]}
HOSTILE = "</script><img src=x onerror=alert(1)>"


def page_of(index: Rows, rows: Rows | None = None, **tables: Any) -> str:
    frames = {name: pd.DataFrame(records) if isinstance(records, list) else records for name, records in tables.items()}
    frames = {"gap_streams": pd.DataFrame([gap_row()])} | frames
    return render_dashboard(dashboard_data(rows, directional_index=pd.DataFrame(index), **frames))


def text_of(index: Rows, rows: Rows | None = None, **tables: Any) -> str:
    """What stands between the section's heading and the next."""
    text = ParsedPage(page_of(index, rows, **tables)).text
    return text.split("Which way the scores go", 1)[1].split("By surface The thin line", 1)[0]


def days(**changes: Any) -> Rows:
    scores = {MONDAY: 0.004, TUESDAY: 0.005, WEDNESDAY: 0.006}
    return [index_row(day, **{"mean_score": score} | changes) for day, score in scores.items()]


def test_the_page_reads_only_what_the_tables_promise() -> None:
    assert set(COLUMNS["directional_index"]) <= set(directional_index.TABLE.column_names)
    assert set(COLUMNS["gap_streams"]) <= set(monitoring_sequences.TABLE.column_names)


def test_it_is_marked_and_says_which_way_day_by_day_beside_released_figures_only() -> None:
    text = text_of(days(direction="down"))
    assert "Directional: from scores, not labels; says whether it goes up or down, not how much." in text
    assert "Adult content directional by units Down. The week to 6 Mar 2024 against 26 Feb – 3 Mar 2024," in text
    # The day between is held; 0.5 % is the average of the other two.
    assert (
        "6 Mar 2024 1.20 down 0.42 % 0.31–0.55 % 5 Mar 2024 1.00 down Too many sampled units have no label. "
        "4 Mar 2024 0.80 down 0.42 % 0.31–0.55 %"
    ) in text
    assert "mean score" not in text
    for level in ("0.40 %", "0.50 %", "0.60 %", "0.4 %", "0.5 %", "0.6 %"):
        assert level not in text  # a direction, never a level


def test_the_back_test_is_in_plain_words_from_the_last_day() -> None:
    text = text_of([index_row(MONDAY, n_right=3), index_row(TUESDAY)])
    assert (
        "In 18 of 22 comparisons of neighbouring weeks it went the way the labels went (82 %, 95 % range 55–97 %). "
        "Where the labels moved by more than their error: in 5 of 5. "
        "Labels err too, so it is right about the truth more often than about them."
    ) in text
    assert "3 of 22" not in text


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((22, 12, 0.3, 0.75), "12 of 22 comparisons of neighbouring weeks it went the way the labels went (55 %, 95 % "
         "range 30–75 %). A coin may have done as well."),
        ((22, 2, 0.01, 0.3), "(9 %, 95 % range 1–30 %). That is worse than a coin: do not go by it."),
        ((1, 1, None, None), "In 1 of 1 comparisons of neighbouring weeks it went the way the labels went. A coin may"),
        ((0, 0, None, None), "Not tested yet: there are no two neighbouring weeks with labels between which it moved "
         "by more than 5 %."),
    ],
)  # fmt: skip
def test_what_a_coin_could_do_proves_nothing(counts: tuple[int, int, float | None, float | None], said: str) -> None:
    n, n_right, low, high = counts
    row = index_row(MONDAY, n_compared=n, n_right=n_right, share_right_low=low, share_right_high=high, n_sure=0)
    text = text_of([row])
    assert said in text
    assert "more than their error" not in text
    if n_right <= n / 2:
        assert "Labels err too" not in text


@pytest.mark.slow
def test_without_a_labelled_day_it_says_so_and_blocks_have_the_days_of_the_settings() -> None:
    unknown = index_row(MONDAY, direction="unknown", reference_start=None, reference_end=None)
    assert "Not known yet. There is no labelled day to go from." in text_of([unknown])
    assert "It has to be at least a week back." in text_of([unknown])
    data = replace(dashboard_data(), directional_index=pd.DataFrame(days()), index_settings=IndexSettings(block_days=3))
    text = ParsedPage(render_dashboard(data)).text
    assert "The 3 days to 6 Mar 2024 against" in text
    assert "comparisons of neighbouring spans of 3 days it went" in text


@pytest.mark.parametrize(
    ("direction", "how"),
    [("rise", "the labels find more than the scores say"), ("fall", "the labels find less than the scores say")],
)
def test_when_the_two_have_parted_it_says_since_when_how_and_what_to_do(direction: str, how: str) -> None:
    alert = alert_row(family="index_gap", direction=direction, measure="views")
    text = text_of(days(), alerts=[alert])
    assert f"Labels and scores have parted since about 7 Mar 2024 (seen by views): {how}" in text
    assert "What to do. Do not go by the index until that is explained" in text
    assert "not surely parted" not in text


@pytest.mark.slow
def test_no_alarm_means_something_only_if_the_ratio_is_watched() -> None:
    over = alert_row(family="index_gap", state="resolved", resolution="returned", closed_date=date(2024, 3, 9))
    others = [over, alert_row(), alert_row(family="index_gap", policy="spam")]
    assert "Labels and scores. No alarm: they have not surely parted." in text_of(days(), alerts=others)
    for young in ([gap_row(phase="warming_up")], [gap_row(measure="views")], [], None):
        assert "Too few days have both to say whether they part: no alarm means nothing yet." in text_of(
            days(), gap_streams=young
        )


@pytest.mark.parametrize(
    "rows",
    [
        [estimate_row(**HELD), day_row(MONDAY), day_row(TUESDAY)],
        [day_row(MONDAY)],
        [estimate_row(**HELD), estimate_row(measure="views"), day_row(MONDAY)],
    ],
)
@pytest.mark.slow
def test_of_a_policy_without_a_figure_of_the_week_nothing_of_the_index_is_on_the_page(rows: Rows) -> None:
    spam = estimate_row(policy="spam")
    page = page_of(days(), [*rows, spam])
    other = days(direction="flat", n_right=21, share_right_low=0.7, reference_end=MONDAY)
    assert page == page_of([row | {"mean_score": 2 * row["mean_score"] ** 2} for row in other], [*rows, spam])
    text = ParsedPage(page).text
    assert "The page has no figure of this week here, so the index is not shown either" in text
    assert "it went the way the labels went" not in text


@pytest.mark.slow
def test_a_measure_that_is_held_beside_a_released_headline_has_no_index() -> None:
    index = [*days(), *days(measure="views", n_right=17)]
    held = page_of(index, [estimate_row(), estimate_row(measure="views", **HELD), day_row(MONDAY)])
    assert "17 of 22" not in held
    assert "18 of 22" in held
    shown = page_of(index, [estimate_row(), estimate_row(measure="views"), day_row(MONDAY)])
    assert "17 of 22" in shown


def test_an_alarm_about_a_held_policy_is_told_without_figures() -> None:
    page = page_of(days(), [estimate_row(**HELD)], alerts=[alert_row(family="index_gap")])
    assert "Labels and scores have parted since about 7 Mar 2024" in page
    for figure in ("18 of 22", "0.4 %", "+50 %"):
        assert figure not in page
    assert "not surely parted" not in page_of(days(), [estimate_row(**HELD)])


@pytest.mark.parametrize("changes", [{"prevalence": 0.7711, "ci_low": 0.66, "ci_high": 0.88}, {"prevalence": None}])
def test_figures_of_held_days_are_nowhere(changes: dict[str, Any]) -> None:
    released = [estimate_row(), day_row(MONDAY), day_row(WEDNESDAY)]
    page = page_of(days(), [*released, day_row(TUESDAY, **HELD, **changes)])
    assert page == page_of(days(), [*released, day_row(TUESDAY, **HELD)])
    assert "77.11" not in page


def test_by_the_other_measure_it_waits_for_the_filter() -> None:
    parsed = ParsedPage(page_of([*days(), *days(measure="views")], all_rows()))
    figures = [figure for figure in parsed.having("figure") if figure.get("class") == "direction"]
    assert [(figure["data-measure"], "hidden" in figure) for figure in figures] == [("units", False), ("views", True)]


@pytest.mark.slow
def test_without_scores_it_says_so_and_without_the_table_there_is_no_section() -> None:
    assert "There is no index of these days" in text_of([])
    for index in ([index_row(MONDAY, policy="spam")], [index_row(MONDAY, mean_score=0.0)]):
        assert "There are no scores of these days." in text_of(index)
    assert "directions" not in {a.get("id") for _, a in ParsedPage(render_dashboard(dashboard_data())).elements}


def test_hostile_text_comes_out_as_text() -> None:
    index = days(direction=HOSTILE, policy=HOSTILE)
    rows = [estimate_row(policy=HOSTILE), day_row(MONDAY, policy=HOSTILE)]
    parsed = ParsedPage(page_of(index, rows, alerts=[alert_row(family="index_gap", policy=HOSTILE, measure=HOSTILE)]))
    assert not parsed.having("img")
    assert parsed.unbalanced == []
    assert f"(seen by {HOSTILE})" in parsed.text
    assert parsed.text.count(f"{HOSTILE} directional by units") == 1
