"""Trends and strips: what is drawn where, what is left out, where a line breaks."""

from datetime import date, timedelta
from typing import Any

from lib.reporting.breaks import Break
from lib.reporting.charts.interval_strip import Strip, strip_of
from lib.reporting.charts.trend import GapLabel, Mark, Trend, trend_of, x_labels
from lib.reporting.estimates import Estimate, Figure, read_estimates
from tests.reporting.examples import dashboard_data, day_row

FIRST = date(2024, 3, 4)
HELD = {"status": "held", "hold_reasons": ["x"]}


def series(*days: dict[str, Any] | None) -> list[Estimate]:
    """An estimate a day from FIRST on, 0.5 % with the interval 0.25–1 % unless changed; None: no row."""
    plain = {"prevalence": 0.005, "ci_low": 0.0025, "ci_high": 0.01}
    rows = [
        day_row(FIRST + timedelta(days=offset), **plain | changes)
        for offset, changes in enumerate(days)
        if changes is not None
    ]
    return read_estimates(dashboard_data(rows).prevalence)


def drawn(estimates: list[Estimate], *breaks: Break, n_days: int) -> Trend:
    return trend_of(estimates, breaks=breaks, first_day=FIRST, last_day=FIRST + timedelta(days=n_days - 1))


def test_scale_starts_at_zero_and_every_dot_has_its_range() -> None:
    trend = drawn(series({}, {"prevalence": 0.0, "ci_low": 0.0}), n_days=2)
    assert trend.y_labels == ["1\u00a0%", "0.5\u00a0%", "0\u00a0%"]
    assert trend.dots == "M250 50h0M750 100h0"
    assert trend.ranges == "M250 0V75M750 0V100"
    assert trend.line == "M250 50L750 100"


def test_line_breaks_at_held_and_absent_days_and_gaps_are_shaded_and_named_once() -> None:
    trend = drawn(series({}, HELD, HELD, {}, None, {}), n_days=6)
    assert trend.line.count("L") == 0
    assert trend.gaps == "M166.7 0H333.3V100H166.7ZM333.3 0H500V100H333.3Z"
    assert trend.gap_labels == [GapLabel("25%", "held")]
    assert trend.dots.count("h0") == trend.ranges.count("V") == 3


def test_range_beyond_the_scale_is_cut_and_marked() -> None:
    trend = drawn(series({}, {}, {"prevalence": 0.0, "ci_low": 0.0, "ci_high": 0.2}), n_days=3)
    assert trend.y_labels[0] == "3\u00a0%"  # 2.5 x 1 %, rounded up
    assert trend.ranges.endswith("M833.3 0V100")
    assert trend.beyond == "M833.3 0l-6 5M833.3 0l6 5"
    assert drawn(series({}, {}), n_days=2).beyond == ""


def test_held_figures_are_not_drawn_whatever_the_row_says() -> None:
    secret = HELD | {"prevalence": 0.777, "ci_low": 0.666, "ci_high": 0.888}
    assert drawn(series({}, secret, {}), n_days=3) == drawn(series({}, HELD, {}), n_days=3)


def test_changes_are_numbered_lines_and_a_new_policy_breaks_the_line() -> None:
    day = FIRST + timedelta(days=1)
    policy, prompt = Break(day, "policy", "adult_content", "new text"), Break(day, "prompt", None, "new prompt")
    scorer = Break(day, "scorer", None, "new scorer")
    trend = drawn(series({}, {}), policy, prompt, scorer, n_days=2)
    assert trend.marks == [Mark(1, "50%", "5 Mar 2024: new text"), Mark(2, "50%", "5 Mar 2024: new prompt")]
    assert trend.breaks == "M500 0V100M500 0V100"
    assert trend.scorers == "M500 100v-5"
    assert trend.line.count("L") == 0
    assert drawn(series({}, {}), prompt, scorer, n_days=2).line.count("L") == 1


def test_breaks_before_the_first_day_are_no_marks() -> None:
    assert drawn(series({}, {}), Break(FIRST, "prompt", None, "x"), n_days=2).marks == []


def test_nothing_shown_still_has_axes() -> None:
    trend = drawn(series(HELD), n_days=1)
    assert trend.dots == ""
    assert trend.y_labels[0] == "1\u00a0%"
    assert trend.x_labels == ["4 Mar 2024"]


def test_the_middle_day_is_named_where_there_is_room() -> None:
    assert x_labels(FIRST, date(2024, 3, 7)) == ["4 Mar", "7 Mar 2024"]
    assert x_labels(FIRST, date(2024, 3, 10)) == ["4 Mar", "7 Mar", "10 Mar 2024"]


def test_strip_lies_between_zero_and_the_top() -> None:
    figure = Figure(0.005, 0.0025, 0.01)
    assert strip_of(figure, top=0.02) == Strip("12.5%", "50%", "25%")
    assert strip_of(figure, top=0.02, reference=0.004) == Strip("12.5%", "50%", "25%", "20%")
    assert strip_of(figure, top=0.008) == Strip("31.3%", "100%", "62.5%", is_beyond=True)
