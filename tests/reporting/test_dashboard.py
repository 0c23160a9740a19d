"""The page as a whole: what it says, what it keeps to itself, and that it is inert."""

import base64
import hashlib
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from lib.reporting.dashboard_data import COLUMNS, DashboardData
from schemas.errors import ContractError
from tests.reporting.examples import (
    all_rows,
    dashboard_data,
    day_row,
    empty_data,
    estimate_row,
    week_before_row,
)
from tests.reporting.parsed_page import ParsedPage

BANNER = "Simulated labels: truth disturbed with configured error rates. These are not real labels."
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></style></svg>{{ 7 * 7 }}&lt;b&gt;"


def parsed(data: DashboardData) -> ParsedPage:
    return ParsedPage(render_dashboard(data))


def test_headline_card_shows_figure_interval_change_and_labels() -> None:
    text = parsed(dashboard_data()).text
    assert "Week: 4 Mar 2024 – 10 Mar 2024" in text
    assert "Adult content 0.42 % 0.31–0.55 %" in text
    # Square-root rule: 0.05 less √(0.11² + 0.08²), plus √(0.13² + 0.07²)
    assert "+0.05 points (−0.09 to +0.20) against 0.37 % the week before: within sampling error." in text
    assert "9,660 labels (8,400 LLM, 1,260 human)" in text


def test_every_section_shows_its_figures() -> None:
    page = parsed(dashboard_data())
    assert "0.51 % 0.40–0.65 %" in page.text  # views
    assert "hajek 0.46 % 0.33–0.64 %" in page.text
    assert "search 0.91 % 0.61–1.34 %" in page.text
    assert "Total 3,500,000 8,000 7,970 1,201" in page.text  # the week's funnel only
    assert page.having("path", **{"aria-label": "Positive: Adult content: 43 units"})
    assert "No scorer yet on 4 Mar 2024: exposure-proportional sampling." in page.text
    assert "5 Mar 2024 – 6 Mar 2024 5b1f exposure and score" in page.text
    assert "llm-1 llm file 8f3a 8,400" in page.text
    assert "pin_log 1,003 1,000 2 1 balances" in page.text
    assert "Generated 11 Mar 2024, 06:30 UTC Run run-4f2a Design daily_v1 Release rel-7" in page.text


def test_sections_stand_in_order_and_the_html_is_well_formed() -> None:
    page = parsed(dashboard_data())
    ids = [attributes["id"] for tag, attributes in page.elements if tag == "h2"]
    assert ids == [
        "headlines",
        "trend",
        "surface",
        "measures",
        "estimators",
        "funnel",
        "scorers",
        "labels",
        "account",
        "method",
    ]
    assert [attributes["aria-labelledby"] for attributes in page.having("section")] == ids
    assert page.unbalanced == []
    assert [tag for tag, _ in page.elements].count("caption") == len(page.having("table"))
    assert all("scope" in attributes for attributes in page.having("th"))


@pytest.mark.parametrize("status", ["held", "Released", ""])
def test_page_does_not_depend_on_the_figures_of_held_rows(status: str) -> None:
    hold = {"status": status, "hold_reasons": ["too_few_positives"]}
    secrets = {"prevalence": 0.77, "ci_low": 0.66, "ci_high": 0.88, "std_error": 0.055, "effective_sample_size": 65.0}
    html = render_dashboard(dashboard_data([row | hold | secrets for row in all_rows()]))
    assert html == render_dashboard(dashboard_data([row | hold | dict.fromkeys(secrets) for row in all_rows()]))
    text = ParsedPage(html).text
    assert "Adult content held too few positives 9,660 labels" in text
    assert "hajek held: too few positives – – split gamma" in text


def test_week_before_that_is_held_gives_no_change() -> None:
    text = parsed(dashboard_data([estimate_row(), week_before_row(status="held", hold_reasons=["x"])])).text
    assert "The week before is held, so no change is shown." in text
    assert "0.37" not in text


def test_released_row_without_an_interval_is_held() -> None:
    text = parsed(dashboard_data([estimate_row(ci_high=None)])).text
    assert "Adult content held no estimate with an interval" in text


def test_complete_week_goes_before_a_later_incomplete_one() -> None:
    later = estimate_row(period_start=date(2024, 3, 11), period_end=date(2024, 3, 12), n_days=2, prevalence=0.005)
    text = parsed(dashboard_data([estimate_row(), later])).text
    assert "Week: 4 Mar 2024 – 10 Mar 2024" in text
    text = parsed(dashboard_data([later])).text
    assert "Week: 11 Mar 2024 – 12 Mar 2024 incomplete week: 2 of 7 days" in text


def test_policy_without_an_estimate_and_policy_without_a_title_are_both_shown() -> None:
    rows = [estimate_row(), estimate_row(policy="untitled_policy")]
    titles = {"adult_content": "Same", "spam": "Same"}
    text = parsed(dashboard_data(rows, policy_titles=titles)).text
    assert "Same (adult_content) 0.42 %" in text
    assert "Same (spam) – There is no estimate for this week." in text
    assert "untitled_policy 0.42 %" in text


def test_week_of_two_designs_shows_the_longer_part_and_says_so() -> None:
    start, rest = {"period_end": date(2024, 3, 8), "n_days": 5}, {"period_start": date(2024, 3, 9), "n_days": 2}
    rows = [estimate_row(**start), estimate_row(**rest, design_id="daily_v2", prevalence=0.0050)]
    text = parsed(dashboard_data(rows)).text
    assert "Adult content 0.42 %" in text
    assert "0.50 %" not in text
    assert "1 further estimates of weeks that two designs share are not shown" in text


@pytest.mark.parametrize("where", ["label_sources", "prevalence", None])
def test_banner_stands_if_and_only_if_labels_are_simulated(where: str | None) -> None:
    data = dashboard_data()
    if where == "label_sources":
        data = dashboard_data(label_sources=data.label_sources.assign(label_source="simulated"))
    if where == "prevalence":
        data = dashboard_data([estimate_row(label_sources=["simulated", "file"])])
    assert (BANNER in parsed(data).text) == (where is not None)


def test_empty_tables_give_a_page_that_says_so() -> None:
    page = parsed(empty_data())
    assert "There is no weekly estimate by the estimator “regression” yet." in page.text
    for sentence in ("no daily estimates", "no estimates by surface", "no sampling frame", "No scorer is recorded"):
        assert sentence in page.text
    assert "no labels yet" in page.text
    assert "no row account" in page.text
    assert page.having("table") == []


def test_account_that_does_not_balance_is_named() -> None:
    account = dashboard_data().row_account.assign(rows_used=999)
    text = parsed(dashboard_data(row_account=account)).text
    assert "Rows are missing" in text
    assert "does not balance" in text
    assert "Nothing is lost" not in text


def test_security_policy_forbids_scripts_and_requests_and_knows_the_style_sheet() -> None:
    page = parsed(dashboard_data())
    (policy,) = page.having("meta", **{"http-equiv": "Content-Security-Policy"})
    directives = dict(part.split(" ", 1) for part in policy["content"].split("; "))
    digest = base64.b64encode(hashlib.sha256("".join(page.styles).encode()).digest()).decode()
    assert directives == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.having("script") == []
    assert not [attributes for _, attributes in page.elements if "style" in attributes]


def test_nothing_is_fetched() -> None:
    html = render_dashboard(dashboard_data())
    page = ParsedPage(html)
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html
    references = {
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "xlink:href", "srcset", "action", "data", "poster"}
    }
    assert references == {"data:,"}


def _with_text(data: DashboardData, text: str) -> DashboardData:
    """The same data with `text` behind every free text of every field."""
    keep = {"period", "policy", "measure", "segment", "estimator", "status", "size_measure_rule"}

    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        free = [c for c in frame.columns if c not in keep and frame[c].map(lambda v: isinstance(v, str)).any()]
        lists = [c for c in ("hold_reasons", "label_sources") if c in frame.columns]
        return frame.assign(
            **{c: frame[c].where(frame[c] == "all", frame[c] + text) for c in free},
            **{c: frame[c].map(lambda items: [item + text for item in items]) for c in lists},
        )

    changes: dict[str, Any] = {table: changed(getattr(data, table)) for table in COLUMNS}
    titles = {policy: title + text for policy, title in data.policy_titles.items()}
    return DashboardData(
        **{f.name: changes.get(f.name, getattr(data, f.name)) for f in fields(data)}
        | {"policy_titles": titles, "job_run_id": f"run{text}", "design_ids": [f"daily{text}"]}
    )


def test_hostile_text_in_any_field_comes_out_as_text() -> None:
    plain, hostile = parsed(_with_text(dashboard_data(), "harmless")), parsed(_with_text(dashboard_data(), HOSTILE))
    assert hostile.shape == plain.shape
    assert hostile.unbalanced == []
    spaced = " ".join(HOSTILE.split())
    assert hostile.text.count(spaced) > 20
    assert f"home_feed{spaced} held: too few positives{spaced.replace('_', ' ')}" in hostile.text


def test_a_surface_that_calls_itself_all_of_them_does_not_take_their_place() -> None:
    rows = [estimate_row(), estimate_row(segment="surface", segment_value="all surfaces", prevalence=0.0009)]
    page = parsed(dashboard_data(rows))
    assert "all surfaces 0.42 % 0.31–0.55 % all surfaces (the name of one) 0.09 %" in page.text


def test_a_value_without_end_is_cut_and_a_reordering_one_is_marked() -> None:
    page = parsed(dashboard_data(job_run_id="r" * 1_000_000, design_ids=["d\u202e1"]))
    assert len(page.text) < 150_000
    assert "characters left out⟧" in page.text
    assert "d⟦U+202E⟧1" in page.text


def test_hostile_ids_come_out_as_text() -> None:
    ids = {"policy": HOSTILE, "estimator": HOSTILE, "measure": "units"}
    rows = [estimate_row(**ids), day_row(date(2024, 3, 4), **ids), estimate_row(**ids | {"measure": HOSTILE})]
    page = parsed(dashboard_data(rows, policy_titles={}, published_estimator=HOSTILE))
    assert {"script", "img", "b"}.isdisjoint(tag for tag, _ in page.elements)
    assert page.unbalanced == []


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(ContractError, match=r"`prevalence` lacks estimator; `funnel` lacks n_audited"):
        dashboard_data(
            prevalence=dashboard_data().prevalence.drop(columns="estimator"),
            funnel=dashboard_data().funnel.drop(columns="n_audited"),
        )


def test_time_without_a_zone_and_level_out_of_range_are_refused() -> None:
    with pytest.raises(ContractError, match=r"confidence_level is 95, .*; generated_at has no time zone"):
        dashboard_data(confidence_level=95, generated_at=datetime(2024, 3, 11))  # what it refuses
