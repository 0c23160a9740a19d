"""The summary as people use it: read on a screen, by a screen reader, and printed on one sheet of paper."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser

from lib.reporting import chromium
from lib.reporting.summary.page import ROOMS
from lib.reporting.summary.publication import PublishedSummary, publish_summary_page
from tests.reporting.browser.opened_page import opened
from tests.reporting.browser.test_dashboard_in_browser import violations
from tests.reporting.summary_examples import many_policies

LONG = "A policy whose title is far longer than any title that fits into a column of a table should ever be, as it goes"


@pytest.fixture(scope="module")
def published(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, PublishedSummary]:
    """Number of policies to their summary."""
    folder = tmp_path_factory.mktemp("summary")
    return {
        n: publish_summary_page(many_policies(n), dashboard_path=f"{folder}/dashboard_{n}.html", browser=None)
        for n in (1, 4, 12, 20)
    }


@pytest.mark.parametrize("n", [1, 4, 12, 20])
def test_one_page_is_one_page(published: Mapping[int, PublishedSummary], n: int) -> None:
    pdf, page = published[n].pdf, published[n].page.read_text(encoding="utf-8")
    assert pdf is not None
    assert chromium.PrintedPage(pdf.read_bytes()).n_sheets == 1
    assert published[n].problem == ""
    n_rows = page.count('<th scope="row">')
    assert n_rows == n if n <= 4 else 8 <= n_rows <= 12
    assert (f"{n - n_rows} further polic" in page) == (n > n_rows)
    # A file of whoever opens it, with nothing of the machine that made it.
    assert b"file://" not in pdf.read_bytes()
    assert b"plumbline-print" not in pdf.read_bytes()


def test_axe_finds_no_violation_on_any_screen(browser: Browser, published: Mapping[int, PublishedSummary]) -> None:
    phone = {"viewport": {"width": 320, "height": 640}}
    for context in ({"color_scheme": "light"}, {"color_scheme": "dark"}, phone):
        with opened(browser, published[4].page, bypass_csp=True, **context) as page:
            assert violations(page.page) == []
            assert page.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_figure_has_to_be_scrolled_for(
    browser: Browser, published: Mapping[int, PublishedSummary], width: int
) -> None:
    with opened(browser, published[12].page, viewport={"width": width, "height": 640}) as page:
        assert page.page.locator(".table-scroll").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_the_page_asks_nobody_for_anything_and_needs_no_script(
    browser: Browser, published: Mapping[int, PublishedSummary]
) -> None:
    with opened(browser, published[4].page, java_script_enabled=False) as page:
        assert page.complaints == []
        assert page.foreign_requests() == []
        assert page.text("h1") == "How much of what people see violates policy"


def test_long_titles_leave_room_for_less(browser: Browser, tmp_path: Path) -> None:
    data = many_policies(12)
    long = {policy: f"{LONG} {policy}" for policy in data.page.policy_titles}
    object.__setattr__(data.page, "policy_titles", long)
    found = publish_summary_page(data, dashboard_path=f"{tmp_path}/dashboard.html", browser=None)
    assert found.pdf is not None
    assert chromium.PrintedPage(found.pdf.read_bytes()).n_sheets == 1
    assert found.page.read_text(encoding="utf-8").count('<th scope="row">') < ROOMS[0].n_policies


def test_without_a_browser_there_is_html_and_a_plain_word_on_it(tmp_path: Path) -> None:
    stale = tmp_path / "dashboard_summary_2024-W10.pdf"
    stale.write_bytes(b"%PDF of another run")
    found = publish_summary_page(
        many_policies(1), dashboard_path=f"{tmp_path}/dashboard.html", browser="no-such-browser"
    )
    assert found.page.is_file()
    assert found.pdf is None
    assert found.problem == (
        "there is no browser (`no-such-browser`); install Chromium, or name it in reporting.browser"
    )
    assert not stale.exists()


@pytest.mark.parametrize(
    ("program", "said"), [("false", "failed: CalledProcessError, code 1"), ("true", "left no PDF")]
)
@pytest.mark.slow
def test_a_browser_that_does_not_print_leaves_html(tmp_path: Path, program: str, said: str) -> None:
    found = publish_summary_page(many_policies(1), dashboard_path=f"{tmp_path}/dashboard.html", browser=program)
    assert found.page.is_file()
    assert found.pdf is None
    assert said in found.problem


def test_the_printing_process_sees_no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def run(command: list[str], **given: Any) -> SimpleNamespace:
        seen.update(given, command=command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setenv("PLUMBLINE_LLM_KEY", "a key that nobody is to see")
    monkeypatch.setattr(chromium.subprocess, "run", run)
    assert chromium.printed("<p>", browser="chromium").problem == "chromium left no PDF"
    assert set(seen["env"]) == {"HOME", "PATH", "LANG"}
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in seen["command"]
    assert seen["command"][-1].startswith("file://")
