"""One headless browser for all tests of pages; they are skipped where there is none."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from scripts.headless_browser import NAMES, find_browser, headless_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the machine has it."""
    executable = find_browser()
    if executable is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the PATH")
    with headless_browser(executable) as running:
        yield running
