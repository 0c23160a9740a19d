"""The page as a whole: what it says, what it keeps to itself, and that it is inert."""

import base64
import hashlib
import json
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from lib.reporting.dashboard import render_dashboard
from lib.reporting.dashboard_data import COLUMNS, DashboardData
from lib.reporting.templating import page_script
from schemas.errors import ContractError
from tests.reporting.evidence_examples import all_evidence
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


def test_the_first_screen_says_how_much_where_to_and_whether_to_trust_it() -> None:
    text = parsed(dashboard_data()).text
    assert "Week of 4–10 Mar 2024 1 of 1 policies have a released figure. None changed clearly" in text
    assert "Adult content How much 0.42 % 0.31–0.55 % about 1 in 240 units" in text
    # Square-root rule: 0.05 less √(0.11² + 0.08²), plus √(0.13² + 0.07²); one policy is compared with itself alone
    assert "No clear change +0.05 points (−0.09 to +0.20)" in text
    assert "Sound An LLM judged 8,400 units, people 1,260 of them. Worth 11,617 random units." in text


@pytest.mark.slow
def test_every_section_shows_its_figures() -> None:
    page = parsed(dashboard_data(**all_evidence()))
    text = page.text
    assert "By views 0.51 % 0.40–0.65 % 8,400" in text
    assert "The query 61 % 48–73 % 8,400" in text
    assert "hajek 0.46 % 0.33–0.64 %" in text
    assert "home_feed held back 8,400 search 0.91 % 0.61–1.34 % 8,400" in text
    assert "Too few labels for a figure: BR (99)." in text
    assert "Population 3,500,000 Sampled 8,000 1 in 440 of those before Labelled 7,970 99.6 %" in text
    assert "Total 3,500,000 8,000 7,970 1,201" in text  # the week's funnel only
    assert "Violating by the first judge Adult content 43" in text
    assert "No scorer yet on 4 Mar 2024: exposure-proportional sampling." in text
    assert "5–6 Mar 2024 5b1f exposure and score" in text
    assert "llm-1 LLM file 8f3a 8,400" in text
    assert "pin_log 1,003 1,000 2 1 balances" in text
    assert "Generated 11 Mar 2024, 06:30 UTC Run run-4f2a Design daily_v1 Release rel-7" in text
    assert "7 Mar 2024 Adult content: prevalence (units) up, from one day to the next seen on 9 Mar" in text
    assert page.unbalanced == []


@pytest.mark.slow
def test_sections_stand_in_order_in_the_page_and_in_its_contents() -> None:
    page = parsed(dashboard_data(**all_evidence()))
    ids = [attributes["id"] for tag, attributes in page.elements if tag == "h2"]
    assert ids == [
        "headlines", "alerts", "trend", "directions", "surface", "country", "language", "measures", "components",
        "gates", "labelers", "estimators", "errors", "corrections", "breaks", "checks", "funnel", "scorers", "labels",
        "costs", "account", "method", "downloads",
    ]  # fmt: skip
    assert [attributes["aria-labelledby"] for attributes in page.having("section")] == ids
    links = [attributes["href"].removeprefix("#") for attributes in page.having("a")]
    assert links == ["figures", *ids]
    assert len(set(_ids(page))) == len(_ids(page))
    assert [tag for tag, _ in page.elements].count("caption") == len(page.having("table"))
    assert all("scope" in attributes for attributes in page.having("th"))


@pytest.mark.parametrize("status", ["held", "Released", ""])
@pytest.mark.slow
def test_page_does_not_depend_on_the_figures_of_held_rows(status: str) -> None:
    hold = {"status": status, "hold_reasons": ["label_lag: 5 days"]}
    secrets = {"prevalence": 0.77, "ci_low": 0.66, "ci_high": 0.88, "std_error": 0.055, "effective_sample_size": 65.0}
    secrets |= {"share_of_violating": 0.33, "share_ci_low": 0.22, "share_ci_high": 0.44, "warnings": ["positives: 3"]}
    evidence = all_evidence()
    html = render_dashboard(dashboard_data([row | hold | secrets for row in all_rows()], **evidence))
    rows = [row | hold | dict.fromkeys(secrets) for row in all_rows()]
    assert html == render_dashboard(dashboard_data(rows, **evidence))
    text = ParsedPage(html).text
    assert "Adult content How much held back Lately Going up or down Can I trust it Held back Labels lag behind" in text
    assert "hajek held: labels lag behind the sample – – split gamma" in text


@pytest.mark.parametrize("period", ["day", "quarter", "all"])
def test_held_week_is_not_shown_under_the_name_of_another_period_of_the_same_days(period: str) -> None:
    """In the first days of a series a week is also the quarter and all days."""
    secrets = {"prevalence": 0.7711, "ci_low": 0.66, "ci_high": 0.88, "effective_sample_size": 65.0}
    held = estimate_row(status="held", hold_reasons=["label_lag: 5 days"])
    html = render_dashboard(dashboard_data([held, estimate_row(period=period, **secrets)]))
    assert "77.11" not in html
    assert "0.7711" not in html
    other = estimate_row(period=period, n_days=8, period_end=date(2024, 3, 11), **secrets)
    assert "0.7711" in render_dashboard(dashboard_data([held, other]))


def test_segment_with_too_few_labels_has_no_figure_anywhere() -> None:
    def page(n_llm: int, **secrets: float) -> str:
        brazil = {"segment": "country", "segment_value": "BR", "n_llm": n_llm, "n_human": 9}
        return render_dashboard(dashboard_data([estimate_row(), estimate_row(**brazil, **secrets)]))

    assert page(99) == page(99, prevalence=0.77, ci_low=0.66, ci_high=0.88, effective_sample_size=65.0)
    assert "77.00" in page(100, prevalence=0.77, ci_low=0.66, ci_high=0.88)


def test_week_before_that_is_held_gives_no_change() -> None:
    text = parsed(dashboard_data([estimate_row(), week_before_row(status="held", hold_reasons=["x"])])).text
    assert "Change not known The figure before is held." in text
    assert "0.37" not in text


def test_released_row_without_an_interval_is_held() -> None:
    text = parsed(dashboard_data([estimate_row(ci_high=None)])).text
    assert "Held back No figure with a range can be computed." in text


def test_complete_week_goes_before_a_later_incomplete_one() -> None:
    later = estimate_row(period_start=date(2024, 3, 11), period_end=date(2024, 3, 12), n_days=2, prevalence=0.005)
    assert "Week of 4–10 Mar 2024" in parsed(dashboard_data([estimate_row(), later])).text
    assert "Week of 11–12 Mar 2024 incomplete: 2 of 7 days" in parsed(dashboard_data([later])).text


def test_policy_without_an_estimate_and_policy_without_a_title_are_both_shown() -> None:
    rows = [estimate_row(), estimate_row(policy="untitled_policy")]
    titles = {"adult_content": "Same", "spam": "Same"}
    text = parsed(dashboard_data(rows, policy_titles=titles)).text
    assert "Same (adult_content) How much 0.42 %" in text
    assert "Same (spam) How much no estimate" in text
    assert "untitled_policy How much 0.42 %" in text


def test_a_platform_that_counts_by_views_alone_has_its_headline_by_views() -> None:
    text = parsed(dashboard_data([estimate_row(measure="views")], headline_measure="views")).text
    assert "How much of all views" in text
    assert "about 1 in 240 views" in text


def test_week_of_two_designs_shows_the_longer_part_and_says_so() -> None:
    start, rest = {"period_end": date(2024, 3, 8), "n_days": 5}, {"period_start": date(2024, 3, 9), "n_days": 2}
    rows = [estimate_row(**start), estimate_row(**rest, design_id="daily_v2", prevalence=0.0050)]
    text = parsed(dashboard_data(rows)).text
    assert "Adult content How much 0.42 %" in text
    assert "0.50 %" not in text
    assert "1 further estimates of periods that two designs share are not shown" in text


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
    for sentence in (
        "There is no weekly estimate by the estimator “regression” yet.", "no daily or weekly estimates",
        "no estimates by surface", "no estimates by component", "No release has recorded its gates",
        "labelers have not been measured", "No sample was planned", "no release yet, so nothing could be corrected",
        "No data check has run", "no sampling frame", "No scorer is recorded", "no labels yet",
        "There are no labels of this week", "no row account", "There are no numbers yet",
    ):  # fmt: skip
        assert sentence in page.text
    assert page.having("table") == []
    assert page.embedded == []


def test_account_that_does_not_balance_is_named() -> None:
    account = dashboard_data().row_account.assign(rows_used=999)
    text = parsed(dashboard_data(row_account=account)).text
    assert "Rows are missing" in text
    assert "does not balance" in text
    assert "Nothing is lost" not in text


def test_security_policy_forbids_requests_and_knows_only_the_pages_own_style_and_script() -> None:
    page = parsed(dashboard_data())
    (policy,) = page.having("meta", **{"http-equiv": "Content-Security-Policy"})
    directives = dict(part.split(" ", 1) for part in policy["content"].split("; "))
    assert directives == {
        "default-src": "'none'",
        "style-src": f"'sha256-{_digest(page.styles)}'",
        "script-src": f"'sha256-{_digest(page.scripts)}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert [attributes.get("type") for attributes in page.having("script")] == ["application/json", None]
    assert not [attributes for _, attributes in page.elements if "style" in attributes]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_nothing_is_fetched() -> None:
    html = render_dashboard(dashboard_data(**all_evidence()))
    page = ParsedPage(html)
    assert "://" not in html
    assert "url(" not in html
    assert "@import" not in html
    references = {
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in {"src", "href", "xlink:href", "srcset", "action", "data", "poster"} and not value.startswith("#")
    }
    assert references == {"data:,"}


def test_the_script_writes_no_html_and_asks_for_nothing() -> None:
    script = page_script()["script"]
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(",
                 "XMLHttpRequest", "WebSocket", "import(", "localStorage"):  # fmt: skip
        assert word not in script


def _ids(page: ParsedPage) -> list[str]:
    return [attributes["id"] for _, attributes in page.elements if "id" in attributes]


def _digest(texts: list[str]) -> str:
    return base64.b64encode(hashlib.sha256("".join(texts).encode()).digest()).decode()


def _with_text(data: DashboardData, text: str) -> DashboardData:
    """The same data with `text` behind every free text of every field."""
    keep = {
        "period", "policy", "measure", "segment", "component", "estimator", "status", "size_measure_rule", "gate",
        "verdict", "bound_kind", "rung", "kind",
    }  # fmt: skip
    lists = (
        "hold_reasons", "warnings", "label_sources", "causes", "prompt_versions", "failed_names", "driver_segments",
        "driver_values", "unit_ids", "changed_versions",
    )  # fmt: skip

    def changed(frame: pd.DataFrame) -> pd.DataFrame:
        free = [c for c in frame.columns if c not in keep and frame[c].map(lambda v: isinstance(v, str)).any()]
        listed = [c for c in lists if c in frame.columns]
        return frame.assign(
            **{c: frame[c].where(frame[c].isin(["all", "*"]), frame[c] + text) for c in free},
            **{c: frame[c].map(lambda items: [item + text for item in items]) for c in listed},
        )

    changes: dict[str, Any] = {table: changed(getattr(data, table)) for table in COLUMNS}
    titles = {policy: title + text for policy, title in data.policy_titles.items()}
    return DashboardData(
        **{f.name: changes.get(f.name, getattr(data, f.name)) for f in fields(data)}
        | {"policy_titles": titles, "job_run_id": f"run{text}", "design_ids": [f"daily{text}"], "currency": text}
    )


@pytest.mark.slow
def test_hostile_text_in_any_field_comes_out_as_text() -> None:
    data = dashboard_data(**all_evidence())
    plain, hostile = parsed(_with_text(data, "harmless")), parsed(_with_text(data, HOSTILE))
    assert hostile.shape == plain.shape
    assert hostile.unbalanced == []
    spaced = " ".join(HOSTILE.split())
    assert hostile.text.count(spaced) > 40
    assert f"home_feed{spaced} held back" in hostile.text
    (embedded,) = hostile.embedded
    assert "<" not in embedded
    assert f"Adult content{HOSTILE}" in [policy["title"] for policy in json.loads(embedded)["policies"]]


def test_a_surface_that_calls_itself_all_of_them_does_not_take_their_place() -> None:
    rows = [estimate_row(), estimate_row(segment="surface", segment_value="Overall", ci_low=0.0001)]
    page = parsed(dashboard_data(rows))
    assert "Overall 0.42 % 0.31–0.55 % 8,400 Overall (the name of one) 0.42 % 0.01–0.55 %" in page.text


@pytest.mark.slow
def test_a_value_without_end_is_cut_and_a_reordering_one_is_marked() -> None:
    page = parsed(dashboard_data(job_run_id="r" * 1_000_000, design_ids=["d\u202e1"]))
    assert len(page.text) < 200_000
    assert "characters left out⟧" in page.text
    assert "d⟦U+202E⟧1" in page.text


def test_hostile_ids_come_out_as_text() -> None:
    ids = {"policy": HOSTILE, "estimator": HOSTILE, "measure": "units"}
    rows = [estimate_row(**ids), day_row(date(2024, 3, 4), **ids), estimate_row(**ids | {"measure": HOSTILE})]
    page = parsed(dashboard_data(rows, policy_titles={}, published_estimator=HOSTILE))
    assert {"img", "b"}.isdisjoint(tag for tag, _ in page.elements)
    assert len(page.having("script")) == 2
    assert page.unbalanced == []


def test_missing_columns_are_all_named() -> None:
    with pytest.raises(ContractError, match=r"`prevalence` lacks estimator; `funnel` lacks n_audited; `gates` lacks"):
        dashboard_data(
            prevalence=dashboard_data().prevalence.drop(columns="estimator"),
            funnel=dashboard_data().funnel.drop(columns="n_audited"),
            gates=pd.DataFrame([{"gate": "positives"}]),
        )


def test_time_without_a_zone_and_level_out_of_range_are_refused() -> None:
    with pytest.raises(ContractError, match=r"confidence_level is 95, .*; generated_at has no time zone"):
        dashboard_data(confidence_level=95, generated_at=datetime(2024, 3, 11))  # what it refuses
