"""The machine's own Chromium without a window, for pictures of pages and for tests of them; none is downloaded."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from lib.reporting.chromium import NAMES, find_browser, launch_flags

__all__ = ["NAMES", "find_browser", "headless_browser"]


@contextmanager
def headless_browser(executable: str) -> Iterator[Browser]:
    """Run the browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=launch_flags())
        try:
            yield browser
        finally:
            browser.close()
