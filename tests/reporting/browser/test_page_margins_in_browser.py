"""Every page keeps its words off the edges of the window, on a desk and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.reporting.browser.opened_page import opened
from tests.reporting.planted_pages import PAGES

LEAST = 12


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("template", PAGES)
def test_no_page_begins_at_the_edge(template: str, width: int, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGES[template](lambda field: f"planted {field}"), encoding="utf-8")
    with opened(browser, path, viewport={"width": width, "height": 800}) as page:
        for selector in ("h1", "h2:not(.visually-hidden)", ".table-scroll"):
            for element in page.page.locator(selector).all():
                box = element.bounding_box()
                if box is not None and box["width"] > 1:
                    assert box["x"] >= LEAST, selector
                    assert box["x"] + box["width"] <= width - LEAST, selector
