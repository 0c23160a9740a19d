"""The certificate's page and the dashboard's link to it: figures, verdicts, inert whatever the text."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.reporting.certificate import certificate_path, render_certificate, write_certificate
from lib.reporting.dashboard import render_dashboard
from schemas import design_audits
from tests.reporting.examples import certificate_row, dashboard_data
from tests.reporting.parsed_page import ParsedPage

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
TITLES = {"adult_content": "Adult content", "self_harm": "Self-harm"}


def _audits(*more: dict[str, Any]) -> pd.DataFrame:
    failed = {"status": "failed", "reasons": ["coverage: 0.900 is less than 0.921"], "coverage": 0.9}
    reason = "no_violations: there is nothing to estimate"
    unjudged = {"policy": "self_harm", "scenario": "blind_spot", "status": "not_judged", "reasons": [reason]}
    unknown = dict.fromkeys(("coverage", "gain", "expected_labels"))
    rows = [
        certificate_row(measure="views", **failed),
        certificate_row(),
        certificate_row(bias_in_std_errors=-0.3, **unjudged, **unknown),
        certificate_row(scenario="over_confident"),
    ]
    return pd.DataFrame([*rows, *more])


def test_the_rows_of_the_example_are_rows_of_the_table() -> None:
    assert set(certificate_row()) == set(design_audits.TABLE.column_names)


def test_every_scenario_shows_its_figures_and_verdicts() -> None:
    page = ParsedPage(render_certificate(_audits(), policy_titles=TITLES))
    assert (
        "Certificate of design daily_v1 Frame of 8 Mar 2026: 2 of 4 checks passed, 1 failed, 1 not judged." in page.text
    )
    assert "Adult content units passed 95.7 % 2.8 % 1.5 % 1.13 0.04 1.02 21 % 4.2 31.2 of 500 0.580 %" in page.text
    assert "Adult content, views: failed, coverage: 0.900 is less than 0.921." in page.text
    assert "Self-harm units not judged – 2.8 % 1.5 % 1.13 −0.30 1.02 21 % – 31.2 of – 0.580 %" in page.text
    assert "Self-harm, units: not judged, no violations: there is nothing to estimate." in page.text
    assert "Adult content, llm: finds 82 % of violations, clears 99.80 % of the others." in page.text
    assert "passes from 94 % on, less 2 simulation errors" in page.text
    assert "Units of one frame: 1,000,000, audited with 200,000" in page.text
    assert [attributes["id"] for tag, attributes in page.elements if tag == "h2"] == [
        "scenario-1", "scenario-2", "scenario-3", "reading",
    ]  # fmt: skip
    assert page.unbalanced == []


def test_the_page_is_inert_and_hostile_text_comes_out_as_text() -> None:
    hostile = _audits(certificate_row(policy=HOSTILE, status="failed", reasons=[HOSTILE])).assign(
        design_id=HOSTILE, job_run_id=HOSTILE, scorer_version=HOSTILE, estimator=HOSTILE
    )
    html = render_certificate(hostile, policy_titles=TITLES)
    page = ParsedPage(html)
    assert {"script", "img"}.isdisjoint(tag for tag, _ in page.elements)
    assert page.unbalanced == []
    assert page.text.count("alert(1)") >= 12
    assert "://" not in html
    (policy,) = page.having("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.slow
def test_the_dashboard_links_to_the_file_beside_it(tmp_path: Path) -> None:
    dashboard = tmp_path / "new" / "my board.html"
    link = write_certificate(_audits(), dashboard_path=str(dashboard), policy_titles=TITLES)
    assert link is not None
    assert (dashboard.parent / "my board_certificate.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    page = ParsedPage(render_dashboard(dashboard_data(certificate=link)))
    links = [attributes["href"] for attributes in page.having("a")]
    assert [link for link in links if not link.startswith("#")] == ["./my%20board_certificate.html"]
    assert "#certificate" in links
    assert "frame of 8 Mar 2026" in page.text
    assert "2 of 4 checks passed, 1 failed, 1 not judged. Open the certificate" in page.text
    assert len(page.having("p", **{"class": "alarm"})) == 1
    assert page.unbalanced == []


@pytest.mark.parametrize("audits", [pd.DataFrame(), pd.DataFrame(columns=design_audits.TABLE.column_names)])
def test_a_design_that_was_never_audited_has_no_certificate_and_no_link(tmp_path: Path, audits: pd.DataFrame) -> None:
    dashboard = str(tmp_path / "dashboard.html")
    assert write_certificate(audits, dashboard_path=dashboard, policy_titles=TITLES) is None
    assert not certificate_path(dashboard).exists()
    assert "certificate" not in ParsedPage(render_dashboard(dashboard_data())).text.lower()
