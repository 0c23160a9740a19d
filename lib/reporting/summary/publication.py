"""Writes the summary beside the dashboard: HTML, and PDF where there is a browser to print it."""

from dataclasses import dataclass
from pathlib import Path

from lib.reporting.chromium import NAMES, PrintedPage, find_browser, printed
from lib.reporting.neighbouring_page import beside, href_to
from lib.reporting.report_period import ReportPeriod
from lib.reporting.summary.page import ROOMS, render_summary
from lib.reporting.summary.source import SummaryData
from lib.whole_files import write_whole


@dataclass(frozen=True)
class PublishedSummary:
    """The files; without a PDF, `problem` says why, and what to do."""

    page: Path
    pdf: Path | None
    problem: str


def summary_path(dashboard_path: str, week: ReportPeriod) -> Path:
    """The page's file: beside the dashboard and named after it, for example `dashboard_summary_2026-W10.html`."""
    return beside(dashboard_path, f"summary_{week.name}.html")


def publish_summary_page(data: SummaryData, *, dashboard_path: str, browser: str | None) -> PublishedSummary:
    """Write the page, with as much on it as fits on one sheet, and its PDF.

    A PDF of an earlier run that this one cannot make again is taken away: it would say something else than the page.

    Args:
        data: what the page shows.
        dashboard_path: the dashboard's file.
        browser: the program that prints, as `reporting.browser` has it.

    """
    path = summary_path(dashboard_path, data.week)
    pages = (render_summary(data, room=room, dashboard_href=href_to(dashboard_path)) for room in ROOMS)
    program = find_browser(browser)
    if program is None:
        sought = f"`{browser}`" if browser else f"one of {', '.join(NAMES)}"
        missing = f"there is no browser ({sought}); install Chromium, or name it in reporting.browser"
        html, on_paper = next(pages), PrintedPage(None, missing)
    else:
        html, on_paper = _fitting(list(pages), program)
    pdf = path.with_suffix(".pdf")
    write_whole(path, html)
    if on_paper.pdf is None:
        pdf.unlink(missing_ok=True)
        return PublishedSummary(path, None, on_paper.problem)
    write_whole(pdf, on_paper.pdf)
    problem = f"it takes {on_paper.n_sheets} sheets; shorten titles or names" if on_paper.n_sheets > 1 else ""
    return PublishedSummary(path, pdf, problem)


def _fitting(pages: list[str], program: str) -> tuple[str, PrintedPage]:
    """The fullest page that fits on one sheet, else the last; the fullest where the browser does not print."""
    on_paper = PrintedPage(None)
    for html in pages:
        on_paper = printed(html, browser=program)
        if on_paper.pdf is None:
            return pages[0], on_paper
        if on_paper.n_sheets == 1:
            return html, on_paper
    return pages[-1], on_paper
