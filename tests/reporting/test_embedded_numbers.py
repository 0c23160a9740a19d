"""The numbers inside the page: nothing that is not shown, nothing that could leave its element, bounded."""

import json
from typing import Any

import pytest

from lib.reporting.dashboard import render_dashboard
from lib.reporting.embedded_numbers import COLUMNS, embedded_numbers, payload_of
from lib.reporting.page_context import PageContext
from lib.reporting.shown_text import shown_text
from tests.reporting.evidence_examples import all_evidence
from tests.reporting.examples import all_rows, dashboard_data, estimate_row, week_before_row
from tests.reporting.long_series import LongSeries
from tests.reporting.parsed_page import ParsedPage

HOSTILE = '</script><script>alert(1)</script><!--\u2028\u2029&amp;"'


def records(**changes: Any) -> list[dict[str, Any]]:
    """The rows of the example's payload with the names of their fields, positions looked up."""
    payload = payload_of(PageContext(dashboard_data(**changes)))
    found = []
    for row in payload["rows"]:
        record = dict(zip(COLUMNS, row, strict=False))
        record["trust"] = payload["trusts"][record["trust"]]["state"]
        record["where"] = payload["wheres"][record["where"]]
        if "change_verdict" in record:
            record["change_verdict"] = payload["changes"][record["change_verdict"]]["state"]
        found.append(record)
    return found


def _headline(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The latest week of all units, whole, by the published estimator."""
    (number,) = (
        record
        for record in found
        if not any(record[name] for name in ("period", "policy", "measure", "component", "estimator"))
        and record["where"] == ("all", "all")
    )
    return number


def test_every_row_is_there_and_only_shown_ones_have_figures() -> None:
    found = records()
    assert len(found) == len(all_rows())
    states = {(record["trust"], "prevalence" in record) for record in found}
    assert states == {("sound", True), ("held", False), ("few", False)}
    headline = _headline(found)
    assert [headline[name] for name in ("prevalence", "ci_low", "ci_high")] == [0.0042, 0.0031, 0.0055]
    assert [headline[name] for name in ("n_llm", "n_human", "n_gold")] == [8400, 1260, 0]
    assert (headline["change_verdict"], headline["change"]) == ("unclear", 0.0005)


def test_change_without_an_earlier_figure_has_no_limits() -> None:
    rows = [estimate_row(), week_before_row(status="held", hold_reasons=["x"], prevalence=0.77)]
    found = records(prevalence=dashboard_data(rows).prevalence)
    assert _headline(found)["change_verdict"] == "unknown"
    assert "change" not in _headline(found)


@pytest.mark.slow
def test_a_page_is_the_same_whatever_the_order_of_the_rows() -> None:
    rows = [*all_rows(), estimate_row(design_id="another_v1", prevalence=0.0041)]
    pages = {
        render_dashboard(dashboard_data(given, **all_evidence())) for given in (rows, rows[::-1], rows[7:] + rows[:7])
    }
    assert len(pages) == 1


def test_no_text_can_leave_the_script_element() -> None:
    data = dashboard_data(
        [estimate_row(segment="country", segment_value=HOSTILE), estimate_row()],
        policy_titles={"adult_content": HOSTILE},
    )
    text = embedded_numbers(PageContext(data))
    assert text is not None
    assert not set("<>&\u2028\u2029") & set(text)
    payload = json.loads(text)
    assert payload["policies"][0]["title"] == shown_text(HOSTILE)
    assert ["country", shown_text(HOSTILE)] in payload["wheres"]
    page = ParsedPage(render_dashboard(data))
    assert [json.loads(embedded) for embedded in page.embedded] == [payload]
    assert len(page.having("script")) == 2


def test_without_a_week_there_is_nothing_to_choose_from() -> None:
    assert embedded_numbers(PageContext(dashboard_data([]))) is None


def test_weeks_come_first_the_latest_on_top_and_the_page_names_its_first_view() -> None:
    series = LongSeries(n_days=16)
    payload = payload_of(PageContext(dashboard_data(prevalence=series.frame(), **all_evidence())))
    kinds = [period["kind"] for period in payload["periods"]]
    assert kinds[:4] == ["week", "week", "week", "all"]
    assert [period["title"] for period in payload["periods"][:2]] == ["18–19 Mar 2024", "11–17 Mar 2024"]
    assert payload["periods"][0]["n_days"] == 2
    assert payload["first_view"]["period"] == "week:2024-03-11"  # the latest complete one
    assert payload["wheres"] == [("all", "all"), ("surface", "search"), ("surface", "home_feed")]


@pytest.mark.slow
def test_a_row_takes_less_than_a_hundred_bytes() -> None:
    """What keeps the file small where it holds tens of thousands of rows."""
    rates = {f"policy_{number}": 0.001 * (number + 1) for number in range(5)}
    series = LongSeries(n_days=28, rates=rates, segments={"country": [f"C{number}" for number in range(10)]})
    payload = payload_of(PageContext(dashboard_data(prevalence=series.frame())))
    text = json.dumps(payload["rows"], separators=(",", ":"))
    assert len(payload["rows"]) == len(series.frame())
    assert len(text) / len(payload["rows"]) < 100
