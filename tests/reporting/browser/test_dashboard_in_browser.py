"""The dashboard as people use it: opened from a file, filtered, shared, downloaded, printed, without a script too."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from lib.reporting.dashboard import render_dashboard
from lib.settings import load_policies
from tests.reporting.browser.opened_page import OpenedPage, opened
from tests.reporting.browser.pages import six_weeks
from tests.reporting.examples import dashboard_data, empty_data, estimate_row

PHONE = {"viewport": {"width": 320, "height": 640}}
# What a filter may change: everything that was drawn and written, whichever of the two wrote it.
FILLED = (".scoreboard", ".trends", ".forests[data-segment=surface]", ".forests[data-segment=country]",
          "[data-block=measures]", "[data-block=components]")  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of six weeks."""
    file = tmp_path_factory.mktemp("dashboard") / "dashboard.html"
    file.write_text(render_dashboard(six_weeks()), encoding="utf-8")
    return file


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[OpenedPage]:
    """The page opened on a desk; after the test it must not have complained or asked for anything."""
    with opened(browser, path) as opened_page:
        yield opened_page
        assert opened_page.complaints == []
        assert opened_page.foreign_requests() == []


def violations(page: Page) -> list[str]:
    """What axe finds. The page's own security policy would keep it out: the context has to bypass it."""
    answer = Axe().run(page).response
    assert len(answer["passes"]) > 10  # it did look
    found = answer["violations"]
    return [f"{violation['id']}: {[node['html'][:200] for node in violation['nodes'][:3]]}" for violation in found]


def choose(page: OpenedPage, **choice: str) -> None:
    for name, value in choice.items():
        page.page.select_option(f"[name={name}]", value)


@pytest.mark.parametrize("view", ["desk", "phone"])
def test_axe_finds_no_violation_in_light_or_dark(browser: Browser, path: Path, view: str) -> None:
    context = {"bypass_csp": True} | (PHONE if view == "phone" else {})
    with opened(browser, path, "#policy=adult_content&where=surface:search", **context) as page:
        page.page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
        for scheme in ("light", "dark"):
            page.page.emulate_media(color_scheme=scheme)
            assert violations(page.page) == [], scheme


def test_a_page_without_numbers_passes_too(browser: Browser, tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.write_text(render_dashboard(empty_data()), encoding="utf-8")
    with opened(browser, empty, bypass_csp=True) as page:
        assert page.complaints == []
        assert page.text("h1") == "How much of what people see violates policy"
        assert violations(page.page) == []


def test_what_the_script_fills_is_what_the_page_was_made_with(page: OpenedPage) -> None:
    """Python and JavaScript say and draw the same: text, positions, verdicts, attributes."""

    def filled() -> list[str]:
        return [page.page.locator(selector).first.inner_html() for selector in FILLED]

    before = [_without_space(html) for html in filled()]
    choose(page, measure="views")
    assert all(a != _without_space(b) for a, b in zip(before[:3], filled()[:3], strict=True))
    choose(page, measure="units")
    for selector, was, now in zip(FILLED, before, filled(), strict=True):
        assert _without_space(now) == was, selector
    assert page.page.locator("[data-segment=country] .beyond").count() > 0  # what leaves a scale is among it
    assert page.page.locator(".trends .beyond[d^=M]").count() == 1


def test_days_are_drawn_as_python_draws_them(browser: Browser, path: Path, tmp_path: Path) -> None:
    """The page of the first two weeks shows days at first; the script draws the same from the page of six weeks."""
    data = six_weeks()
    early = data.prevalence[data.prevalence["period_end"] <= "2024-03-17"]
    daily = tmp_path / "daily.html"
    daily.write_text(render_dashboard(dashboard_data(prevalence=early, policy_titles=data.policy_titles)))
    with opened(browser, daily) as page:
        made = page.page.locator(".trends").inner_html()
        choose(page, by="week")
        assert page.page.locator(".trends").inner_html() != made
        choose(page, by="day")
        assert _without_space(page.page.locator(".trends").inner_html()) == _without_space(made)


def test_first_screen_holds_every_policy_and_its_verdicts(page: OpenedPage) -> None:
    rows = page.page.locator(".score")
    assert rows.count() == 2
    for place in range(2):
        box = rows.nth(place).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    assert re.search(r"^Adult content 0\.\d\d % .* about 1 in \d+ units .* Sound", page.texts(".score")[0])
    assert "Change not known The figure before is held. Read with care Few violations" in page.texts(".score")[1]


def test_filters_change_figures_trends_and_breakdowns_and_say_so(page: OpenedPage) -> None:
    choose(page, policy="self_harm", where="country:BR", measure="views", period="week:2024-03-25")
    assert page.text(".status") == "Self-harm, by views, country BR, 25–31 Mar 2024: 1 of 1 figure can be shown."
    assert page.texts(".score .score-name") == ["Self-harm"]
    assert page.texts(".trend h3") == ["Self-harm"]
    assert page.text(".trend-note") == "Share of views, country BR, by week."
    choose(page, by="day")
    assert page.text(".trend-note") == "Share of views, country BR, by week. There are no days by place."
    assert page.texts("[data-segment=country] tr.chosen th") == ["BR"]
    assert page.text("[data-segment=country] .folded") == "Too few labels for a figure: CA (40)."
    labelers = page.page.locator("#labelers ~ .table-scroll tr[data-policy]")
    assert [labelers.nth(n).is_visible() for n in range(labelers.count())] == [False]
    assert page.page.locator(".block-note").is_visible()


def test_the_index_follows_policy_and_measure(page: OpenedPage) -> None:
    def shown() -> list[str]:
        figures = page.page.locator(".direction")
        titles = [page.texts(".direction figcaption")[n] for n in range(figures.count()) if figures.nth(n).is_visible()]
        return [title.removesuffix(".") for title in titles]

    assert shown() == ["Adult content directional by units", "Self-harm directional by units"]
    choose(page, policy="self_harm", measure="views")
    assert shown() == ["Self-harm directional by views"]
    page.page.get_by_role("button", name="Show all").click()
    page.page.wait_for_function("location.hash === ''")
    assert shown() == ["Adult content directional by units", "Self-harm directional by units"]


def test_held_week_is_a_shaded_gap_with_its_word(page: OpenedPage) -> None:
    choose(page, policy="self_harm")
    assert page.page.locator(".trend .gaps").get_attribute("d") == "M666.7 0H833.3V100H666.7Z"
    assert page.page.locator(".trend .gap-label").all_text_contents() == ["held"]
    choose(page, period="week:2024-04-01")
    assert page.texts(".score")[0].startswith("Self-harm held back Held back Too many sampled units have no label.")


def test_a_view_can_be_shared_by_its_address(browser: Browser, page: OpenedPage) -> None:
    choose(page, policy="adult_content", where="surface:search", estimator="hajek")
    page.page.get_by_role("link", name="Gates").click()
    fragment = page.fragment()
    assert fragment == "#policy=adult_content&where=surface:search&estimator=hajek&at=gates"
    with opened(browser, page.path, fragment) as other:
        assert other.text(".status") == page.text(".status")
        assert other.page.locator("#gates").evaluate("heading => heading === document.activeElement")
    page.page.get_by_role("button", name="Show all").click()
    page.page.wait_for_function("location.hash === ''")
    assert page.texts(".score .score-name") == ["Adult content", "Self-harm"]


def test_an_address_that_fits_nothing_shows_the_first_view(browser: Browser, path: Path) -> None:
    with opened(browser, path) as page:
        first = page.text(".status")
        for fragment in ("#policy=spam&measure=tons&period=week:1999-01-04&at=nowhere", "#%3Cimg=1", "#=", "#x[]=y"):
            page.open("#policy=self_harm")
            page.page.wait_for_function("document.querySelectorAll('.score').length === 1")
            page.open(fragment)
            page.page.wait_for_function("document.querySelectorAll('.score').length === 2")
            assert page.text(".status") == first
        assert page.complaints == []


def test_filters_work_by_keyboard_alone(page: OpenedPage) -> None:
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.name") == "policy"
    page.page.keyboard.press("ArrowDown")
    assert page.texts(".score .score-name") == ["Adult content"]
    page.page.keyboard.press("Tab")
    page.page.keyboard.press("ArrowDown")
    assert "by views" in page.text(".status")


def _downloaded(page: OpenedPage, name: str) -> str:
    button = page.page.get_by_role("button", name=name)
    button.focus()
    with page.page.expect_download() as download:
        page.page.keyboard.press("Enter")
    return download.value.path().read_text(encoding="utf-8")


def test_downloads_hold_the_numbers_and_no_formula(page: OpenedPage) -> None:
    text = _downloaded(page, "All numbers, CSV")
    assert page.text(".download-status").endswith("numbers saved as plumbline-numbers.csv.")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    data = six_weeks().prevalence
    assert len(rows) == len(data)
    shown = data[(data["status"] == "released") & (data["segment_value"] != "CA")]
    assert sum(row["value"] != "" for row in rows) == len(shown)
    assert {row["status"] for row in rows} == {"released", "held", "few"}
    headline = _only(rows, period="week", period_start="2024-04-08", policy="adult_content", measure="units",
                     segment="all", component="unit", estimator="regression")  # fmt: skip
    expected = shown[(shown["period"] == "week") & (shown["policy"] == "adult_content")].iloc[-1]
    assert headline["trust"] == "Sound"
    assert float(headline["ci_low"]) <= float(headline["value"]) <= float(headline["ci_high"])
    assert headline["n_llm"] == "14000"
    assert expected["n_llm"] == 14000 or expected["segment"] != "all"
    assert {row["segment_value"] for row in rows if row["segment"] == "country"} == {"US", "BR", "CA", "'-2+3"}
    assert not re.search(r'(^|,)"[=+\-@]', text, re.M)


def test_downloads_of_the_choice_hold_what_is_looked_at(page: OpenedPage) -> None:
    choose(page, policy="self_harm", where="country:BR", measure="views")
    found = json.loads(_downloaded(page, "Present choice, JSON"))["numbers"]
    assert {(row["policy"], row["measure"], row["estimator"]) for row in found} == {
        ("self_harm", "views", "regression")
    }
    assert {
        row["segment_value"] for row in found if row["period_start"] == "2024-03-04" and row["period"] == "week"
    } == {"BR"}
    assert {row["component"] for row in found} == {"unit", "query", "response", "image"}
    csv_rows = list(csv.DictReader(io.StringIO(_downloaded(page, "Present choice, CSV").removeprefix("\ufeff"))))
    assert len(csv_rows) == len(found)


def test_no_width_overflows(page: OpenedPage) -> None:
    page.page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    for width in (320, 375, 600, 900, 1200, 1600):
        page.page.set_viewport_size({"width": width, "height": 640})
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_everything_is_readable(browser: Browser, path: Path) -> None:
    with opened(browser, path, java_script_enabled=False) as page:
        assert page.page.locator("form.filters").is_visible() is False
        assert page.texts(".score .score-name") == ["Adult content", "Self-harm"]
        assert page.page.locator(".trend").count() == 2
        assert "Filters and downloads need the script of this page" in page.text(".downloads")
        page.page.locator(".trend summary").first.click()
        assert "8–14 Apr 2024" in page.text(".trend table.series")


def test_only_what_scrolls_is_a_stop_of_the_tab_key(browser: Browser, path: Path) -> None:
    def stops(page: OpenedPage) -> int:
        return page.page.locator(".table-scroll[tabindex]").count()

    with opened(browser, path) as desk, opened(browser, path, **PHONE) as phone:
        assert stops(desk) == 0
        assert stops(phone) > 0


def test_print_leaves_out_what_paper_cannot_do(page: OpenedPage) -> None:
    page.page.emulate_media(media="print")
    for selector in (".filter-box", ".contents", ".downloads"):
        assert page.page.locator(selector).is_visible() is False
    assert page.page.locator(".scoreboard").is_visible()


def test_pointer_reads_out_the_nearest_period(page: OpenedPage) -> None:
    canvas = page.page.locator(".trend .canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + 5, box["y"] + 20)
    assert page.text(".trend .readout").startswith("4–10 Mar 2024: ")
    page.page.mouse.move(5, 5)
    assert page.text(".trend .readout").startswith("8–14 Apr 2024: ")


@pytest.mark.parametrize("width", [390, 1000, 1280])
def test_words_of_a_policys_title_are_not_cut(browser: Browser, tmp_path: Path, width: int) -> None:
    titles = {policy.id: policy.title for policy in load_policies()}
    rows = [estimate_row(policy=policy) for policy in titles]
    file = tmp_path / "titles.html"
    file.write_text(render_dashboard(dashboard_data(rows, policy_titles=titles)), encoding="utf-8")
    with opened(browser, file) as page:
        page.page.set_viewport_size({"width": width, "height": 800})
        n_lines = page.page.locator(".score .score-name span").evaluate_all(
            "names => names.map(name => [name.textContent.split(' ').length, name.getClientRects().length])"
        )
    assert len(n_lines) == len(titles)
    assert all(lines <= words for words, lines in n_lines)


def test_hostile_texts_stay_texts_when_the_script_fills_them(browser: Browser, tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    rows = [estimate_row(), estimate_row(segment="country", segment_value=hostile), estimate_row(measure="views")]
    file = tmp_path / "hostile.html"
    file.write_text(render_dashboard(dashboard_data(rows, policy_titles={"adult_content": hostile})), encoding="utf-8")
    with opened(browser, file) as page:
        choose(page, where=f"country:{hostile}")
        assert page.texts(".score .score-name") == [hostile]
        assert page.page.locator("img").count() == 0
        assert page.complaints == []
        assert page.foreign_requests() == []


def _only(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    (row,) = (row for row in rows if wanted.items() <= row.items())
    return row


def _without_space(html: str) -> str:
    """HTML without the space between its elements, which templates and scripts lay out differently."""
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", html)
