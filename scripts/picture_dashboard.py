"""Picture a dashboard's first screen for the documentation, on a desk, in the dark, on a phone; and the summary."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser

from scripts.headless_browser import NAMES, find_browser, headless_browser


@dataclass(frozen=True)
class Picture:
    """One picture: its file, the screen it is taken on, and what the page's name has more than the dashboard's."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"] = "light"
    fragment: str = ""
    page: str = ""


PICTURES: Final = (
    Picture("dashboard.png", 1280, 800),
    Picture("dashboard_dark.png", 1280, 800, scheme="dark", fragment="#where=country:US&measure=views"),
    Picture("dashboard_phone.png", 390, 844),
    Picture("summary.png", 1000, 1260, page="_summary_2026-W10"),
)


def take(browser: Browser, page_file: Path, picture: Picture, output: Path) -> Path:
    """Open the page on the picture's screen and write what is seen there; returns the file written."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
    )
    page = context.new_page()
    shown = page_file.with_stem(f"{page_file.stem}{picture.page}")
    page.goto(f"{shown.resolve().as_uri()}{picture.fragment}")
    path = output / picture.name
    page.screenshot(path=path)
    context.close()
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Take every picture and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, default=Path("demo/dashboard.html"), help="the dashboard (default demo's)")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder for the pictures (default docs)")
    parsed = parser.parse_args(arguments)
    needed = {parsed.page.with_stem(f"{parsed.page.stem}{picture.page}") for picture in PICTURES}
    if missing := sorted(page for page in needed if not page.is_file()):
        print(f"There is no page {missing[0]}; run `make demo` and `make summary`, or name --page.", file=sys.stderr)
        return 2
    executable = find_browser()
    if executable is None:
        print(f"There is no browser on the PATH (one of {', '.join(NAMES)}); install Chromium.", file=sys.stderr)
        return 2
    parsed.output.mkdir(parents=True, exist_ok=True)
    with headless_browser(executable) as browser:
        for picture in PICTURES:
            print(take(browser, parsed.page, picture, parsed.output))
    return 0


if __name__ == "__main__":
    sys.exit(main())
