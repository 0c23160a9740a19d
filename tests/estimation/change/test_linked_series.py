"""Linking a series across its breaks: values, errors, and that published numbers stay."""

import math
from datetime import date, timedelta

import pytest

from lib.estimation.change.linked_series import LinkMethod, SeriesBreak, SeriesPoint, link_series

BREAK = date(2026, 3, 10)
Z = 1.959963984540054


def _point(ds: date, prevalence: float = 0.010, *, n_days: int = 1) -> SeriesPoint:
    limits = max(0.0, prevalence - 0.002), prevalence + 0.003
    return SeriesPoint(ds, ds + timedelta(days=n_days - 1), prevalence, 0.00125, *limits)


DIFFERENCE = SeriesBreak(BREAK, 0.002, ci_low=0.0012, ci_high=0.0030, std_error=0.0004, process_std_error=0.0005)
RATIO = SeriesBreak(BREAK, 1.2, ci_low=1.1, ci_high=1.35, std_error=0.06, process_std_error=0.06)


def test_points_from_the_break_on_stay_as_published() -> None:
    points = [_point(BREAK), _point(BREAK + timedelta(days=5))]
    for linked, point in zip(link_series(points, [RATIO], method="ratio", level=0.95), points, strict=True):
        assert linked.published is point
        assert not linked.is_linked
        shown = (linked.prevalence, linked.std_error, linked.ci_low, linked.ci_high)
        assert shown == pytest.approx((point.prevalence, point.std_error, point.ci_low, point.ci_high))


def test_difference_adds_shift_and_variance() -> None:
    point = _point(BREAK - timedelta(days=1))
    (linked,) = link_series([point], [DIFFERENCE], method="difference", level=0.95)
    assert linked.is_linked
    assert linked.published is point
    assert linked.breaks == (BREAK,)
    assert linked.prevalence == pytest.approx(0.012)
    assert linked.std_error == pytest.approx(math.hypot(0.00125, 0.0005))
    further = Z * 0.0003  # √(0.0005² - 0.0004²)
    assert linked.ci_low == pytest.approx(0.012 - math.hypot(0.002, 0.0008, further))
    assert linked.ci_high == pytest.approx(0.012 + math.hypot(0.003, 0.0010, further))


def test_ratio_multiplies_and_adds_relative_variances() -> None:
    (linked,) = link_series([_point(BREAK - timedelta(days=1))], [RATIO], method="ratio", level=0.95)
    assert linked.prevalence == pytest.approx(0.012)
    assert (linked.std_error / 0.012) ** 2 == pytest.approx((0.00125 / 0.010) ** 2 + (0.06 / 1.2) ** 2)
    assert linked.ci_low == pytest.approx(0.012 - math.hypot(1.2 * 0.002, 0.010 * 0.1))
    assert linked.ci_high == pytest.approx(0.012 + math.hypot(1.2 * 0.003, 0.010 * 0.15))


def test_every_break_after_the_point_counts_and_none_before_it() -> None:
    earlier = SeriesBreak(BREAK - timedelta(days=20), 0.5, 0.4, 0.6, 0.05, 0.05)
    points = [_point(BREAK - timedelta(days=days)) for days in (30, 10, 0)]
    first, second, third = link_series(points, [RATIO, earlier], method="ratio", level=0.95)
    assert [linked.prevalence for linked in (first, second, third)] == pytest.approx([0.006, 0.012, 0.010])
    assert first.breaks == (earlier.ds, BREAK)
    relative = (0.00125 / 0.010) ** 2 + (0.06 / 1.2) ** 2 + (0.05 / 0.5) ** 2
    assert (first.std_error / 0.006) ** 2 == pytest.approx(relative)
    assert (second.breaks, third.breaks) == ((BREAK,), ())


@pytest.mark.parametrize("method", ["ratio", "difference"])
def test_a_day_without_violations_stays_within_zero_and_one(method: LinkMethod) -> None:
    quiet = SeriesPoint(BREAK - timedelta(days=2), BREAK - timedelta(days=2), 0.0, 0.0, 0.0, 0.002)
    known = RATIO if method == "ratio" else SeriesBreak(BREAK, -0.004, -0.006, -0.002, 0.001, 0.001)
    (linked,) = link_series([quiet], [known], method=method, level=0.95)
    assert linked.prevalence == linked.ci_low == 0.0
    assert 0.002 < linked.ci_high < 0.01 or method == "difference"
    assert 0.0 < linked.ci_high < 1.0


def test_a_ratio_without_upper_limit_has_no_upper_limit_but_one() -> None:
    unbounded = SeriesBreak(BREAK, 1.2, 0.4, math.inf, 0.9, 0.9)
    points = [_point(BREAK - timedelta(days=1)), _point(BREAK - timedelta(days=1), 0.0)]
    linked, quiet = link_series(points, [unbounded], method="ratio", level=0.95)
    assert linked.ci_high == 1.0
    assert quiet.ci_high == pytest.approx(1.2 * 0.003)  # nothing times any ratio is nothing


def test_a_week_across_the_break_is_refused() -> None:
    week = _point(BREAK - timedelta(days=3), n_days=7)
    with pytest.raises(ValueError, match="days on both sides of the break on 2026-03-10"):
        link_series([week], [RATIO], method="ratio", level=0.95)
    (linked,) = link_series([_point(BREAK - timedelta(days=7), n_days=7)], [RATIO], method="ratio", level=0.95)
    assert linked.is_linked


def test_what_cannot_link_is_refused() -> None:
    point = [_point(BREAK - timedelta(days=1))]
    with pytest.raises(ValueError, match="no finite ratio"):
        link_series(point, [SeriesBreak(BREAK, math.nan, 0, 1, 0.1, 0.1)], method="ratio", level=0.95)
    with pytest.raises(ValueError, match=r"is -0\.2"):
        link_series(point, [SeriesBreak(BREAK, -0.2, -1, 0, 0.1, 0.1)], method="ratio", level=0.95)
    with pytest.raises(ValueError, match="choose ratio or difference"):
        link_series(point, [RATIO], method="splice", level=0.95)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="confidence level"):
        link_series(point, [RATIO], method="ratio", level=95)
