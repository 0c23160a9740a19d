"""Names of weeks and quarters, and what is none."""

from datetime import date

import pytest

from lib.reporting.report_period import ReportPeriod, quarter_named, week_named


def test_a_week_by_its_name() -> None:
    week = week_named("2026-W10")
    assert (week.first, week.last, week.n_days) == (date(2026, 3, 2), date(2026, 3, 8), 7)
    assert (week.name, week.title, week.before.name) == ("2026-W10", "Week 10 of 2026", "2026-W09")
    # The year of a week is the one that its Thursday is in.
    assert week_named("2026-W01").first == date(2025, 12, 29)
    assert ReportPeriod.containing("week", date(2027, 1, 1)).name == "2026-W53"
    assert week_named("2027-W01").before == week_named("2026-W53")


def test_a_quarter_by_its_name() -> None:
    quarter = quarter_named("2024Q1")
    assert (quarter.first, quarter.last, quarter.n_days) == (date(2024, 1, 1), date(2024, 3, 31), 91)
    assert (quarter.title, quarter.before.name) == ("First quarter of 2024", "2023Q4")
    assert [ReportPeriod.containing("quarter", date(2026, month, 9)).name for month in (3, 4, 9, 12)] == [
        "2026Q1", "2026Q2", "2026Q3", "2026Q4",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["2026-W54", "2026W10", "10", "2026-W00", "0000-W01", "2026-w10", "2026-W1"])
def test_no_week(name: str) -> None:
    with pytest.raises(ValueError, match="is no week"):
        week_named(name)


@pytest.mark.parametrize("name", ["2026Q5", "2026-Q1", "0000Q1", "2026q1", "Q1"])
def test_no_quarter(name: str) -> None:
    with pytest.raises(ValueError, match="is no quarter"):
        quarter_named(name)
