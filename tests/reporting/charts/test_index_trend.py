"""The index beside the labelled figures: both over their own average, from zero, with no line across a break."""

from datetime import date, timedelta
from typing import Any

import pytest

from lib.reporting.breaks import Break
from lib.reporting.charts.index_trend import IndexTrend, index_over_its_average, index_trend, over_their_average
from lib.reporting.estimates import Estimate, read_estimates
from tests.reporting.examples import dashboard_data, day_row

FIRST = date(2024, 3, 4)
DAYS = [FIRST + timedelta(days=place) for place in range(4)]
HELD = {"status": "held", "hold_reasons": ["x"]}


def labelled(*days: dict[str, Any]) -> list[Estimate]:
    """An estimate a day from FIRST on, 0.5 % with the interval 0.25–1 % unless changed."""
    plain = {"prevalence": 0.005, "ci_low": 0.0025, "ci_high": 0.01}
    rows = [day_row(day, **plain | changes) for day, changes in zip(DAYS, days, strict=False)]
    return read_estimates(dashboard_data(rows).prevalence)


def drawn(index: dict[date, float], estimates: list[Estimate], *breaks: Break) -> IndexTrend:
    return index_trend(index, estimates, breaks=breaks, first_day=FIRST, last_day=DAYS[-1])


def test_both_are_over_their_own_average_on_one_scale_from_zero() -> None:
    chart = drawn({DAYS[0]: 0.8, DAYS[1]: 1.2}, labelled({"prevalence": 0.004}, {"prevalence": 0.006}))
    assert chart.trend.y_labels == ["2\u00a0×", "1\u00a0×", "0"]
    assert chart.index == "M125 60h0L375 40"
    assert chart.trend.dots == "M125 60h0M375 40h0"  # 0.4 % and 0.6 % over 0.5 %
    assert chart.trend.ranges == "M125 0V75M375 0V75"
    assert chart.average == "M0 50H1000"


def test_a_held_day_is_shaded_has_no_dot_and_keeps_its_index() -> None:
    secret = HELD | {"prevalence": 0.777, "ci_low": 0.666, "ci_high": 0.888}
    index = dict.fromkeys(DAYS[:3], 1.0)
    chart = drawn(index, labelled({}, secret, {}))
    assert chart == drawn(index, labelled({}, HELD, {}))
    assert chart.trend.gaps == "M250 0H500V100H250Z"
    assert chart.trend.dots.count("h0") == 2
    assert chart.index.count("L") == 2


@pytest.mark.parametrize(("kind", "n_joined"), [("policy", 2), ("scorer", 2), ("prompt", 3)])
def test_the_line_crosses_neither_a_changed_policy_nor_a_new_scorer(kind: Any, n_joined: int) -> None:
    chart = drawn(dict.fromkeys(DAYS, 1.0), labelled(), Break(DAYS[2], kind, None, "new"))
    assert chart.index.count("L") == n_joined


def test_the_line_crosses_no_missing_day() -> None:
    assert drawn({DAYS[0]: 1.0, DAYS[2]: 1.0}, labelled()).index == "M125 0h0M625 0h0"


def test_the_average_is_of_the_days_that_have_both() -> None:
    scores = dict(zip(DAYS, (0.002, 0.004, 0.006, 0.012), strict=True))
    index = index_over_its_average(scores, labelled({}, HELD, {}))
    assert list(index.values()) == pytest.approx([0.5, 1.0, 1.5, 3.0])  # 0.4 % is the average of the first and third
    scaled = over_their_average(labelled({}, {"prevalence": 0.01}), [DAYS[0]])
    assert [e.figure.prevalence for e in scaled if e.figure is not None] == pytest.approx([1.0, 2.0])


def test_without_a_labelled_day_the_average_is_of_all_and_of_zeros_there_is_none() -> None:
    scores = {DAYS[0]: 0.002, DAYS[1]: 0.006}
    assert list(index_over_its_average(scores, []).values()) == pytest.approx([0.5, 1.5])
    assert index_over_its_average(dict.fromkeys(DAYS, 0.0), labelled({})) == {}
    assert index_over_its_average({}, labelled({})) == {}
    nothing = {"prevalence": 0.0, "ci_low": 0.0}
    assert [e.hold_reasons for e in over_their_average(labelled(nothing, HELD), DAYS)] == [("x",)]
