"""What the documentation points to is there: pages, pictures, headings, files of the project, targets of `make`."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
ROOMS = ("conf", "docs", "jobs", "lib", "schemas", "scripts", "tests")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def _anchor(heading: str) -> str:
    """The name a heading gets on the usual hosts: lower case, no punctuation, hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(page: Path) -> set[str]:
    return {_anchor(h) for h in re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text()), re.MULTILINE)}


def _dead_links(page: Path) -> list[str]:
    dead = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            dead.append(link)
    return dead


def _missing_files(text: str) -> list[str]:
    """Paths in code marks that begin with a room; patterns and placeholders are no paths."""
    named = {code for code in _CODE.findall(text) if re.fullmatch(rf"({'|'.join(ROOMS)})/[\w./-]+", code)}
    return sorted(name for name in named if not (ROOT / name).exists())


def _missing_targets(text: str) -> list[str]:
    rules = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    return sorted(set(re.findall(r"(?:`|^ {4}|^\$ )make ([a-z][a-z-]*)", text, re.MULTILINE)) - rules)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_to_is_there(page: Path) -> None:
    text = page.read_text()
    assert _dead_links(page) == []
    assert _missing_files(text) == []
    assert _missing_targets(text) == []


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A heading, here\n[a](#a-heading-here) [b](#gone) ![c](gone.png) [d](https://example.org/x)\n")
    assert _dead_links(page) == ["#gone", "gone.png"]
    assert _missing_files("`lib/gone.py` `lib/storage.py` `lib/<room>.py`") == ["lib/gone.py"]
    assert _missing_targets("`make test`, `make gone` and\n\n    make lost") == ["gone", "lost"]
