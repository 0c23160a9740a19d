"""The page's numbers are those of the tables, held ones are nowhere, and breaks are said instead of changes."""

import re
from datetime import date
from typing import Any

import pandas as pd
import pytest

from lib.reporting.summary.page import ROOMS, render_summary
from lib.reporting.summary.source import SummaryData
from tests.reporting.examples import MONDAY, day_row, estimate_row, week_before_row
from tests.reporting.parsed_page import ParsedPage
from tests.reporting.summary_examples import HELD, figure, many_policies, summary_data, week_days

UNLIKELY = 0.0739147


def text_of(data: SummaryData) -> str:
    page = ParsedPage(render_summary(data, room=ROOMS[0], dashboard_href="./dashboard.html"))
    assert page.unbalanced == []
    return page.text.replace("\xa0", " ")


def test_figures_are_those_of_the_rows_and_changes_their_differences() -> None:
    rows = [estimate_row(**figure(0.0091, 0.0008)), week_before_row(**figure(0.0042, 0.0006)), *week_days()]
    text = text_of(summary_data(rows))
    assert "0.91 % 0.83–0.99 % Up +0.49 points (+0.39 to +0.59) 8,400" in text
    # 0.49 ± √(0.08² + 0.06²)
    assert "Adult content rose by 0.49 points (+0.39 to +0.59), from 0.42 % to 0.91 % of units." in text
    assert "The figures rest on 7 of the week's 7 days. None of" not in text
    assert "An LLM judged 8,400 units, people 1,260 of them." in text


def test_a_held_number_and_what_would_tell_it_are_nowhere() -> None:
    figures = {"prevalence": UNLIKELY, "ci_low": UNLIKELY, "ci_high": UNLIKELY, "std_error": UNLIKELY}
    rows = [
        estimate_row(**figures, **HELD),
        week_before_row(),
        estimate_row(segment="surface", segment_value="search", **figures, **HELD),
        estimate_row(segment="country", segment_value="BR", **figures, n_llm=9, n_human=1),
        *week_days(),
    ]
    html = render_summary(summary_data(rows), room=ROOMS[0], dashboard_href="./dashboard.html")
    assert not re.search(r"7[.,]39|0\.0739", html)
    assert "held: too many sampled units have no label" in html
    assert "The one policy has no released figure. Adult content is held back." in html
    assert "Of 2 numbers by place, 1 is held and 1 has too few labels." in html


def test_never_rose_when_the_range_of_the_change_holds_zero() -> None:
    # Beyond chance alone, and not among twenty.
    place = {"segment": "surface"}
    rows = [estimate_row(**figure(0.0060, 0.001)), week_before_row(**figure(0.0045, 0.001))]
    assert "rose by" in text_of(summary_data(rows))
    for n in range(19):
        same = place | {"segment_value": f"s{n}"} | figure(0.005, 0.001)
        rows += [estimate_row(**same), week_before_row(**same)]
    text = text_of(summary_data(rows))
    assert "rose" not in text
    assert "None of the 20 numbers (policies, and their places) that can be compared" in text
    assert "No clear change +0.15 points (−0.07 to +0.37)" in text


def test_a_changed_policy_is_said_instead_of_a_change() -> None:
    rows = [estimate_row(**figure(0.009, 0.001)), week_before_row(**figure(0.004, 0.001))]
    versions = [
        {"ds": date(2024, 3, day), "policies": {"adult_content": f"{day} aa"}, "prompt_versions": ["p"]}
        for day in (1, 6)
    ]
    text = text_of(summary_data(rows, versions=pd.DataFrame(versions)))
    assert "Not compared: Adult content. The policy text changed on 6 Mar 2024." in text
    assert "rose" not in text
    assert "0.50 points" not in text


def test_a_new_prompt_stops_a_comparison_only_where_nobody_checks() -> None:
    versions = pd.DataFrame(
        [{"ds": date(2024, 3, d), "policies": {}, "prompt_versions": [p]} for d, p in ((1, "p1"), (6, "p2"))]
    )

    def said(n_human: int) -> str:
        rows = [estimate_row(**figure(0.009, 0.001), n_human=n_human), week_before_row(**figure(0.004, 0.001))]
        return text_of(summary_data(rows, versions=versions))

    assert "What labelers are shown changed on 6 Mar 2024; people judged a part again" in said(1260)
    assert "Not compared: Adult content. The prompt changed on 6 Mar 2024." in said(0)


def test_held_days_are_named_with_the_exposure_that_is_left() -> None:
    days = [day_row(date(2024, 3, n), **(HELD if n in (5, 6) else {})) for n in range(4, 10)]
    text = text_of(summary_data([estimate_row(n_days=6), *days]))
    assert (
        "The figures rest on 6 of the week's 7 days. 2 days' own figures are held (5 Mar 2024 and 6 Mar 2024); days "
        "with a released figure of their own have 66.7 % of the exposure, and nothing is filled in."
    ) in text


@pytest.mark.slow
def test_the_most_important_come_first_and_the_others_are_counted() -> None:
    data = many_policies(15)
    page = ParsedPage(render_summary(data, room=ROOMS[0], dashboard_href="./dashboard.html"))
    text = page.text.replace("\xa0", " ")
    names = re.findall(r"(?:Adult content|Harassment|Self-harm|Misinformation) of kind \d+", text.partition("95 %")[2])
    assert [int(name.split()[-1]) for name in names[:12]] == [1, 2, 3, 15, 14, 13, 12, 11, 10, 9, 8, 7]
    assert "3 further policies are on the dashboard." in text
    assert len(page.having("li")) <= 3 * (ROOMS[0].n_sentences + 1)


@pytest.mark.slow
def test_an_incomplete_week_is_the_headline_if_it_is_asked_for() -> None:
    # The dashboard would show the week before, which is complete.
    rows = [estimate_row(n_days=2, period_end=date(2024, 3, 5)), week_before_row()]
    assert "Week 10 of 2024, 4–10 Mar 2024" in text_of(summary_data(rows))
    assert "on 2 of the week's 7 days" in text_of(summary_data(rows))
    alike = "shows no clear change. Mind that the weeks are not alike: this one has 2 of 7 days, the one before 7;"
    assert alike in text_of(summary_data(rows))
    assert "alike" not in text_of(summary_data([estimate_row(), week_before_row()]))
    first: dict[str, Any] = estimate_row(period_start=MONDAY)
    assert "There is no earlier week to compare with." in text_of(summary_data([first]))
