"""A real browser without a network, and all that a page does in it that a page of ours must not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scripts.headless_browser import find_browser, headless_browser

# Runs before anything of the page: notes a breach of its security policy, and any script that got so far as to mark it.
_WATCH = """
window.breaches = [];
document.addEventListener('securitypolicyviolation',
  event => window.breaches.push(event.violatedDirective + ' ' + event.blockedURI));
"""
# Every element with its attributes. What refers, styles or names must have the same value; what shows a text, or
# follows the length of one, need only be there.
_LOOK = """
() => {
  const valued = new Set(['href', 'xlink:href', 'src', 'srcset', 'action', 'data', 'poster', 'style', 'class', 'id',
    'name', 'rel', 'type', 'http-equiv', 'content', 'charset', 'role', 'tabindex', 'colspan', 'scope', 'lang']);
  // Only a table that scrolls is a stop of the Tab key, and the length of its texts decides whether it does.
  const follows = (element, a) => a.name === 'tabindex' && element.matches('.table-scroll');
  const structure = [...document.querySelectorAll('*')].map(element => element.tagName + ' ' + [...element.attributes]
    .filter(a => !follows(element, a)).map(a => valued.has(a.name) ? a.name + '=' + a.value : a.name).sort().join(' '));
  const labels = [...document.querySelectorAll('[aria-label]')].map(element => element.getAttribute('aria-label'));
  // What a person reads: the numbers that a script reads are written with escapes.
  const read = document.documentElement.cloneNode(true);
  for (const unread of read.querySelectorAll('script, style, template')) unread.remove();
  const texts = [read.textContent, ...labels].join('\\n');
  return {structure, texts, planted: window.planted, breaches: window.breaches, place: location.href};
}
"""


@dataclass
class Visit:
    """What one page did and what it holds."""

    structure: list[str]
    texts: str
    misdeeds: list[str] = field(default_factory=list)


class WatchedBrowser:
    """Opens files in one tab and notes dialogs, console lines, requests, errors and breaches of the security policy."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context = browser.new_context()
        self.page: Page = self._context.new_page()
        self._misdeeds: list[str] = []
        self._expected = ""
        self.page.add_init_script(_WATCH)
        self.page.on("dialog", self._note_dialog)
        self.page.on("console", lambda message: self._note("console", message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("popup", lambda popup: self._note("popup", popup.url))
        self.page.on("download", lambda download: self._note("download", download.url))
        self.page.on("request", lambda request: self._note_request(request.url))
        # Nothing leaves the machine, whatever a page asks for.
        self._context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())

    @contextmanager
    def aside(self) -> Iterator["WatchedBrowser"]:
        """A tab of its own, for a page whose dialogs go on and on: they would hold up the next visit."""
        other = WatchedBrowser(self._browser)
        try:
            yield other
        finally:
            other._context.close()

    def visit(self, path: Path) -> Visit:
        """Open a file and wait until everything in it has had its chance to load and to run."""
        self._misdeeds, self._expected = [], path.as_uri()
        self.page.goto(self._expected)
        return self.look()

    def look(self) -> Visit:
        """What the page that was visited last holds by now, and what it has done."""
        seen = self.page.evaluate(_LOOK)
        marks = ["a script ran"] if seen["planted"] else []
        moved = [] if seen["place"] == self._expected else [f"went to {seen['place']}"]
        return Visit(seen["structure"], seen["texts"], [*self._misdeeds, *marks, *seen["breaches"], *moved])

    def _note(self, kind: str, text: str) -> None:
        self._misdeeds.append(f"{kind}: {text[:200]}")

    def _note_request(self, url: str) -> None:
        # The address bar's own request; whatever lies in the page itself asks nobody.
        if url != self._expected and not url.startswith("data:"):
            self._note("request", url)

    def _note_dialog(self, dialog: Any) -> None:
        self._note("dialog", dialog.message)
        dialog.dismiss()


@contextmanager
def watched_browser() -> Iterator[WatchedBrowser]:
    """Start Chromium; skips, and says why, on a machine without one."""
    program = find_browser()
    if program is None:
        pytest.skip("there is no Chromium on this machine: install the package `chromium` to see pages in a browser")
    with headless_browser(program) as browser:
        yield WatchedBrowser(browser)
