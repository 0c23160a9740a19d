"""Charts: what is drawn, what is left out, and that pixels do not depend on the machine's time zone."""

import json
from datetime import date
from typing import Any

import pandas as pd

from lib.reporting.charts import funnel_chart, segment_chart, trend_chart
from lib.reporting.palette import PALETTE, theme_rules
from lib.reporting.svg import inline_svg
from tests.reporting.parsed_page import ParsedPage

DAYS = pd.DataFrame(
    {
        "ds": pd.to_datetime(["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-09"]),
        "segment_value": ["a", "b", "c", "d", "e"],
        "prevalence": [0.004, 0.005, 0.777, 0.004, 0.006],
        "ci_low": [0.003, 0.004, 0.666, 0.003, 0.005],
        "ci_high": [0.005, 0.006, 0.888, 0.005, 0.007],
        "is_held": [False, False, True, False, False],
        "description": ["one", "two", "held: too few positives", "four", "six"],
    }
)
FIRST_DAY, LAST_DAY = date(2024, 3, 4), date(2024, 3, 9)


def rows_of(chart: Any) -> list[list[dict[str, Any]]]:
    """The rows of every layer of a chart."""
    spec = chart.to_dict()
    return [spec["datasets"][layer["data"]["name"]] for layer in spec["layer"]]


def test_held_figures_are_not_even_in_the_specification() -> None:
    for chart in (trend_chart(DAYS, first_day=FIRST_DAY, last_day=LAST_DAY), segment_chart(DAYS)):
        text = json.dumps(chart.to_dict())
        assert not any(secret in text for secret in ("0.777", "0.666", "0.888"))


def test_line_breaks_at_held_and_absent_days() -> None:
    lines = rows_of(trend_chart(DAYS, first_day=FIRST_DAY, last_day=LAST_DAY))[2]
    runs = [row["run"] for row in lines]
    assert runs[0] == runs[1]
    assert len(set(runs[1:])) == 3


def test_every_released_day_has_its_interval_and_every_day_its_tooltip() -> None:
    svg = inline_svg(trend_chart(DAYS, first_day=FIRST_DAY, last_day=LAST_DAY), label="Trend")
    page = ParsedPage(svg)
    assert page.text.count("held") == 2  # the mark and its tooltip
    for description in DAYS["description"]:
        assert page.having("path", **{"aria-label": description})
        assert f"<title>{description}</title>" in svg
    intervals = page.having("line", stroke=PALETTE["accent"])
    assert len(intervals) == 4


def test_share_axes_start_at_zero() -> None:
    spec = trend_chart(DAYS, first_day=FIRST_DAY, last_day=LAST_DAY).to_dict()
    scales = [layer["encoding"]["y"]["scale"] for layer in spec["layer"] if "scale" in layer["encoding"].get("y", {})]
    assert scales
    assert all(scale["domain"] == [0, 0.007] and scale["zero"] for scale in scales)


def test_nothing_released_still_draws() -> None:
    held = DAYS.assign(is_held=True)
    for chart in (trend_chart(held, first_day=FIRST_DAY, last_day=LAST_DAY), segment_chart(held)):
        assert "held" in inline_svg(chart, label="Held")


def test_funnel_shows_zero_without_a_bar() -> None:
    stages = pd.DataFrame({"stage": ["Population", "Positive"], "n_units": [1000, 0], "description": ["p", "q"]})
    page = ParsedPage(inline_svg(funnel_chart(stages), label="Funnel"))
    assert "Population Positive 1,000 0" in page.text.replace(" p ", " ").replace(" q", "")
    assert len(page.having("line", stroke=PALETTE["accent-soft"])) == 1


def test_every_visible_colour_follows_the_theme() -> None:
    page = ParsedPage(inline_svg(trend_chart(DAYS, first_day=FIRST_DAY, last_day=LAST_DAY), label="Trend"))
    colours = {
        attributes[name]
        for _, attributes in page.elements
        if attributes.get("opacity") != "0"
        for name in ("fill", "stroke")
        if name in attributes
    }
    assert colours - {"none", "transparent"} <= set(PALETTE.values())
    assert all(f'="{colour}"' in theme_rules() for colour in PALETTE.values())


def test_label_of_a_chart_is_escaped() -> None:
    svg = inline_svg(segment_chart(DAYS), label='"><script>\\1')
    (root,) = ParsedPage(svg).having("svg")
    assert root["aria-label"] == '"><script>\\1'
