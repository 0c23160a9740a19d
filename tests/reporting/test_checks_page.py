"""The page of the data checks: what failed, warned, was accepted or not judged, by day and table; inert."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.reporting.checks_page import checks_page_path, render_checks_page, write_checks_page
from schemas import check_results
from tests.reporting.parsed_page import ParsedPage

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
SUNDAY = date(2026, 3, 8)


def _row(**changes: Any) -> dict[str, Any]:
    return {
        "ds": SUNDAY, "table_name": "samples", "check_name": "minimum:prn", "kind": "minimum", "subject": "prn",
        "severity": "fail", "is_passed": True, "is_judged": True, "is_accepted": False, "figure": 0.25,
        "at_least": 0.0, "at_most": None, "expectation": "expect_column_min_to_be_between", "message": None,
        "distribution": None, "job_run_checked": "run x 4", "job_run_id": "run",
    } | changes  # fmt: skip


def _results(*more: dict[str, Any]) -> pd.DataFrame:
    broken = {"is_passed": False, "figure": 12_000.0}
    rows = [
        _row(),
        _row(check_name="unique_key:unit_id", message="Table `samples`: 12,000 rows have a key.", **broken),
        _row(check_name="volume", severity="warn", message="Table `samples`: many rows.", **broken),
        _row(table_name="pin_log", check_name="freshness:event_ts", is_accepted=True, message="Late.", **broken),
        _row(table_name="pin_log", check_name="drift", is_judged=False, message="not judged", figure=None),
        _row(ds=SUNDAY - timedelta(days=1), figure=float("inf")),
        _row(ds=SUNDAY - timedelta(days=9), table_name="labels"),
    ]
    return pd.DataFrame([*rows, *more])


def test_the_rows_of_the_example_are_rows_of_the_table() -> None:
    assert set(_row()) == set(check_results.TABLE.column_names)


def test_the_page_says_what_failed_and_why_and_what_passed() -> None:
    page = ParsedPage(render_checks_page(_results(), dashboard_href="./dashboard.html"))
    verdict = "8 Mar 2026: 5 checks: 1 failed, 1 accepted, 1 warned, 1 not judged, 1 passed."
    assert f"Data checks {verdict}" in page.text
    assert "8 Mar 2026 accepted Late. 8 Mar 2026 failed Table `samples`: 12,000 rows have a key." in page.text
    assert "8 Mar 2026 warned Table `samples`: many rows." in page.text
    # Tables by day: the latest day first, then those before it.
    assert "Table 8 Mar 2026 7 Mar 2026 27 Feb 2026" in page.text
    assert "labels – – 1 passed pin_log 1 accepted – – samples 1 failed, 1 warned 1 passed –" in page.text
    assert "minimum:prn passed fail 0.25 0 – unique_key:unit_id failed fail 12,000 0 –" in page.text
    assert "minimum:prn passed fail ∞ 0 –" in page.text
    assert len(page.having("a", href="./dashboard.html")) == 1
    assert page.unbalanced == []


def test_a_quiet_page_says_so() -> None:
    page = ParsedPage(render_checks_page(pd.DataFrame([_row()]), dashboard_href="./dashboard.html"))
    assert "8 Mar 2026: 1 checks: 1 passed." in page.text
    assert "Everything that could be judged from 8 Mar 2026 to 8 Mar 2026 passed." in page.text
    assert page.having("p", **{"class": "period alarm"}) == []


def test_the_page_is_inert_and_hostile_text_comes_out_as_text() -> None:
    hostile = {"table_name": HOSTILE, "check_name": HOSTILE, "message": HOSTILE, "is_passed": False}
    html = render_checks_page(_results(_row(**hostile)), dashboard_href="./dashboard.html")
    page = ParsedPage(html)
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.elements)
    assert page.unbalanced == []
    assert page.text.count("alert(1)") >= 4
    assert "://" not in html
    (policy,) = page.having("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.slow
def test_a_year_of_failures_does_not_make_a_page_that_nobody_can_open() -> None:
    days = [SUNDAY - timedelta(days=offset) for offset in range(28)]
    many = [
        _row(ds=day, table_name=f"table {n % 30}", check_name=f"check {n}", is_passed=False, message=f"broken {n}")
        for day in days
        for n in range(600)
    ]
    html = render_checks_page(pd.DataFrame(many), dashboard_href="./dashboard.html")
    assert f"{28 * 600 - 300:,} earlier ones" in html.replace(
        f"{28 * 600 - 300} earlier", f"{28 * 600 - 300:,} earlier"
    )
    assert len(html) < 3_000_000


def test_the_file_lies_beside_the_dashboard(tmp_path: Path) -> None:
    dashboard = tmp_path / "new" / "my board.html"
    link = write_checks_page(_results(), dashboard_path=str(dashboard))
    assert link is not None
    assert (link.href, link.day, link.has_failed) == ("./my%20board_checks.html", "8 Mar 2026", True)
    written = (dashboard.parent / "my board_checks.html").read_text(encoding="utf-8")
    assert written.startswith("<!doctype html>")
    assert 'href="./my%20board.html"' in written
    assert write_checks_page(pd.DataFrame(), dashboard_path=str(tmp_path / "dashboard.html")) is None
    assert not checks_page_path(str(tmp_path / "dashboard.html")).exists()
