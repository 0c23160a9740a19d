"""A page opened from a file in a browser, with everything that it should not do noted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page


class OpenedPage:
    """The page, what its console said, and which requests it made beside its own file."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, fragment: str = "") -> None:
        """Open the file; another fragment of an open page is a navigation within it."""
        self.page.goto(f"{self.path.as_uri()}{fragment}")

    def text(self, selector: str) -> str:
        """The text a person sees in the first match."""
        return " ".join(self.page.locator(selector).first.inner_text().split())

    def texts(self, selector: str) -> list[str]:
        """The text of every match."""
        return [" ".join(text.split()) for text in self.page.locator(selector).all_inner_texts()]

    def fragment(self) -> str:
        """The address behind #."""
        return str(self.page.evaluate("decodeURIComponent(location.hash)"))

    def foreign_requests(self) -> list[str]:
        """Requests for anything but the file itself and what is in it."""
        own = (self.path.as_uri(), "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)]


@contextmanager
def opened(browser: Browser, path: Path, fragment: str = "", **context: Any) -> Iterator[OpenedPage]:
    """The page in a context of its own, for example `viewport`, `color_scheme`, `java_script_enabled`."""
    in_browser = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | context)
    try:
        page = OpenedPage(in_browser.new_page(), path)
        page.open(fragment)
        yield page
    finally:
        in_browser.close()
