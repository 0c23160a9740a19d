"""Every page in a real browser, opened as a file, made of hostile text, which it shows and which does nothing.

One browser for all of it. A page of hostile texts is compared with the same page of harmless ones.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lib.csv_cells import shielded
from lib.labelling.review_queue.label_studio_config import label_studio_config
from lib.labelling.review_queue.label_studio_tasks import pins_html
from lib.reporting import templating
from lib.reporting.certificate import write_certificate
from lib.reporting.dashboard import render_dashboard
from lib.reporting.shown_text import shown_text
from schemas.contracts.unit_content import PinContent
from tests.browser import Visit, WatchedBrowser, watched_browser
from tests.hostile_texts import BIDI, BREAKOUTS, ENCODINGS, MARKUP, REFERENCES, TEXTS, bundles
from tests.labelling.review_queue.examples import policy
from tests.reporting.examples import certificate_row, empty_data
from tests.reporting.planted_pages import PAGES, Plant, dashboard, filtered_dashboard

LIB = Path(templating.__file__).parents[1]
HARMLESS = "harmless"
LONG_ENOUGH = 2_000
"""Characters by which a text is known again; a page may cut a very long one."""
FILE_NAMES = ('a "b" <img src=x onerror=alert(1)>', "javascript:alert(1)", "50% #1? &amp; ../x", "\u202egnp")


@pytest.fixture(scope="module")
def browser() -> Iterator[WatchedBrowser]:
    with watched_browser() as watched:
        yield watched


def _planted(text: str) -> Plant:
    return lambda field: f"{text}{field}"


def _squeezed(text: str) -> str:
    """As a parser and a reader of codes make of it: runs of blanks as one, no underscores."""
    return re.sub(r"\s+", " ", text.replace("_", " "))


def _opened(browser: WatchedBrowser, html: str, folder: Path) -> Visit:
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    return browser.visit(path)


def test_every_page_of_the_package_is_among_the_planted_ones() -> None:
    pages = [path for path in LIB.rglob("*.jinja") if "<html" in path.read_text(encoding="utf-8")]
    assert {path.name for path in pages} == set(PAGES)
    written = [path for path in LIB.rglob("*.py") if "<html" in path.read_text(encoding="utf-8")]
    assert written == [], "pages are made from templates, which escape"


@pytest.mark.parametrize("template", PAGES)
def test_no_text_is_more_than_text_in_any_field_of_a_page(
    template: str, browser: WatchedBrowser, tmp_path: Path
) -> None:
    plain = _opened(browser, PAGES[template](_planted(HARMLESS)), tmp_path)
    assert plain.misdeeds == []
    n_planted = plain.texts.count(HARMLESS)
    assert n_planted > 20
    faults = {}
    for name, texts in bundles():
        visit = _opened(browser, PAGES[template](_planted("\n".join(texts))), tmp_path)
        shown = _squeezed(visit.texts)
        n_shown = min(shown.count(_squeezed(shown_text(text)[:LONG_ENOUGH])) for text in texts)
        if visit.misdeeds or visit.structure != plain.structure or n_shown < n_planted:
            faults[name] = (visit.misdeeds, set(visit.structure) ^ set(plain.structure), n_shown)
    assert faults == {}


def test_no_text_is_more_than_text_when_the_script_fills_the_page(browser: WatchedBrowser, tmp_path: Path) -> None:
    # What breaks out of text, attributes and scripts, and what no file can hold: names that filters choose among.
    kinds = (MARKUP, BREAKOUTS, ENCODINGS, BIDI)
    texts = {name: text for kind in kinds for name, text in list(kind.items())[::4] + list(kind.items())[-2:]}
    visits = []
    for plants in ([_planted(f"{HARMLESS} {n} ") for n in range(len(texts))], [_planted(t) for t in texts.values()]):
        _opened(browser, filtered_dashboard(plants), tmp_path)
        browser.page.evaluate("document.querySelector('.filters').dispatchEvent(new Event('change'))")
        visits.append(browser.look())
    plain, hostile = visits
    assert plain.misdeeds == hostile.misdeeds == []
    assert hostile.structure == plain.structure
    shown = _squeezed(hostile.texts)
    fields = ("policy title", "surface", "country")
    assert {(n, f) for n, t in texts.items() for f in fields if _squeezed(shown_text(f"{t}{f}")) not in shown} == set()


def test_the_pages_own_sheets_shield_their_cells_as_all_others_do(browser: WatchedBrowser, tmp_path: Path) -> None:
    _opened(browser, filtered_dashboard([_planted(HARMLESS)] * 2), tmp_path)
    # Half a character cannot be handed to a browser.
    texts = [text for name, text in TEXTS.items() if name != "lone_surrogate"]
    cells = browser.page.evaluate("texts => texts.map(csvCell)", texts)
    expected = [shielded(text).replace('"', '""') for text in texts]
    assert cells == [f'"{cell}"' for cell in expected]


def test_a_page_that_does_not_escape_is_noticed(
    browser: WatchedBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = _opened(browser, dashboard(_planted(HARMLESS)), tmp_path)
    monkeypatch.setattr(templating.environment(), "autoescape", False)
    templating.environment().cache.clear()  # type: ignore[union-attr]  # templates are cached
    unescaped = {name: _opened(browser, dashboard(_planted(MARKUP[name])), tmp_path) for name in ("script", "base")}
    unescaped["request"] = _opened(browser, dashboard(_planted(MARKUP["image_request"])), tmp_path)
    html = dashboard(_planted(MARKUP["image_error"]))
    with browser.aside() as unprotected:
        without_policy = _opened(unprotected, re.sub("<meta http-equiv=[^>]*>", "", html), tmp_path)
    templating.environment().cache.clear()  # type: ignore[union-attr]  # as above
    assert all(visit.structure != plain.structure for visit in unescaped.values())
    # The security policy stops what was not escaped: the second wall stands without the first.
    assert [word for word in unescaped["script"].misdeeds if word.startswith("script-src")]
    assert [word for word in unescaped["base"].misdeeds if word.startswith("base-uri")]
    assert [word for word in unescaped["request"].misdeeds if word.startswith("img-src")]
    assert not [word for word in unescaped["script"].misdeeds if word.startswith(("dialog", "console: planted"))]
    # Without both, it would have run, and been seen.
    assert {"dialog: planted", "console: planted", "a script ran"} <= set(without_policy.misdeeds)


def test_a_file_of_any_name_links_to_its_certificate_and_to_nothing_else(
    browser: WatchedBrowser, tmp_path: Path
) -> None:
    for name in FILE_NAMES:
        path = tmp_path / f"{name.replace('/', '_')}.html"
        audits = pd.DataFrame([certificate_row()])
        link = write_certificate(audits, dashboard_path=str(path), policy_titles={})
        path.write_text(render_dashboard(replace(empty_data(), certificate=link)), encoding="utf-8")
        assert browser.visit(path).misdeeds == []
        browser.page.click("text=Open the certificate")
        browser.page.wait_for_selector("text=Certificate of design")
        assert browser.page.url == path.with_name(f"{path.stem}_certificate.html").as_uri()


def test_light_dark_and_paper_show_everything_that_a_hostile_page_holds(
    browser: WatchedBrowser, tmp_path: Path
) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        browser.page.emulate_media(color_scheme=scheme)
        visit = _opened(browser, dashboard(_planted(TEXTS["long_word"][:300])), tmp_path)
        assert visit.misdeeds == []
        style = browser.page.evaluate(
            "() => ['background-color', 'color'].map(name => getComputedStyle(document.body).getPropertyValue(name))"
        )
        colours[scheme] = tuple(style)
        # A word without end neither widens the page nor covers what stands beside it.
        assert browser.page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert colours["light"] == colours["dark"][::-1] or len({*colours["light"], *colours["dark"]}) == 4
    browser.page.emulate_media(media="print", color_scheme="light")
    assert browser.page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.page.pdf().startswith(b"%PDF")
    browser.page.emulate_media(media="screen", color_scheme="light")


def test_pins_of_a_review_task_load_their_own_pictures_and_nothing_else(
    browser: WatchedBrowser, tmp_path: Path
) -> None:
    picture = "https://images.example/1.png"
    hostile = [
        PinContent(title=text, image_url=address)
        for text in TEXTS.values()
        for address in (None, picture, *list(REFERENCES.values())[:2])
    ]
    plain = [pin.model_copy(update={"title": HARMLESS}) for pin in hostile]
    seen = [
        _opened(browser, f"<!doctype html><meta charset=utf-8>{pins_html(pins)}", tmp_path) for pins in (plain, hostile)
    ]
    assert seen[1].structure == seen[0].structure
    for visit in seen:
        assert {word for word in visit.misdeeds if not word.startswith("console: Failed to load")} == {
            f"request: {picture}"
        }


def test_label_studios_configuration_keeps_its_structure(browser: WatchedBrowser) -> None:
    browser.page.goto("about:blank")
    # A policy with half a character is no policy: its contract refuses it.
    texts = {name: text for name, text in TEXTS.items() if name != "lone_surrogate"}
    shapes = []
    for text in (HARMLESS, *texts.values()):
        xml = label_studio_config([policy(title=f"x{text}x", definition=f"x{text}x", violates=(f"x{text}x",))])
        shapes.append(
            browser.page.evaluate(
                """xml => [...new DOMParser().parseFromString(xml, 'application/xml').querySelectorAll('*')]
                  .map(element => element.tagName + ' ' + [...element.attributes].map(a => a.name).join(' '))""",
                xml,
            )
        )
    assert [name for name, shape in zip(texts, shapes[1:], strict=True) if shape != shapes[0]] == []
