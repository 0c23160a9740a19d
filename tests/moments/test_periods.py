"""Periods by hand, and roll-ups of strata and days against moments of all units at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.estimation.ladder_moments import LadderMoments
from lib.moments.periods import Period, owned_rows, periods_of, roll_up
from tests.moments.labelled_units import (
    KNOWN,
    MEASURES,
    POLICIES,
    UNITS,
    Unit,
    assert_moments_equal,
    expected_moments,
    moments_of,
)

MONDAY, SUNDAY, NEXT_MONDAY = date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 9)
STRATA = ["s1", "s2"]
SEGMENTS = sorted({(segment, value) for _, segment, value in KNOWN})
# Another day's sample: other units with other weights. The third day had no score yet.
SUNDAY_UNITS = [replace(unit, unit_id=f"v{i}", p=unit.p / 2, views=unit.views + i) for i, unit in enumerate(UNITS)]
NEXT_UNITS = [replace(unit, unit_id=f"w{i}", p=unit.p / 3) for i, unit in enumerate(UNITS)]


def test_a_sunday_ends_its_week_and_a_monday_begins_one() -> None:
    week = Period("week", MONDAY, SUNDAY)
    everything = Period("all", None, None)
    assert periods_of(SUNDAY) == [Period("day", SUNDAY, SUNDAY), week, everything]
    assert periods_of(MONDAY) == [Period("day", MONDAY, MONDAY), week, everything]
    assert periods_of(NEXT_MONDAY)[1] == Period("week", NEXT_MONDAY, date(2026, 3, 15))
    assert periods_of(date(2027, 1, 1))[1] == Period("week", date(2026, 12, 28), date(2027, 1, 3))


def test_owned_rows_by_hand() -> None:
    assert owned_rows(periods_of(SUNDAY), design_id="daily_v1") == (
        "design_id = 'daily_v1' AND ("
        "(period = 'day' AND ds >= DATE'2026-03-08' AND ds <= DATE'2026-03-08') OR "
        "(period = 'week' AND ds >= DATE'2026-03-02' AND ds <= DATE'2026-03-08') OR "
        "(period = 'all'))"
    )


@pytest.fixture(scope="module")
def rolled_up(_session: SparkSession) -> dict[tuple[str, ...], dict[str, Any]]:
    """Roll-ups around Sunday of three days: by period, policy, measure, segment and its value."""
    days = [(MONDAY, UNITS, True), (SUNDAY, SUNDAY_UNITS, True), (NEXT_MONDAY, NEXT_UNITS, False)]
    frames = [
        moments_of(_session, units, n_rungs=3, has_score=has_score).withColumn("ds", F.lit(ds))
        for ds, units, has_score in days
    ]
    moments = frames[0].unionByName(frames[1]).unionByName(frames[2])
    key = ("period", "policy", "measure", "segment", "segment_value")
    return {tuple(row[name] for name in key): row.asDict() for row in roll_up(moments, periods_of(SUNDAY)).collect()}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("day", [(SUNDAY_UNITS, True)]),
        ("week", [(UNITS, True), (SUNDAY_UNITS, True)]),
        ("all", [(UNITS, True), (SUNDAY_UNITS, True), (NEXT_UNITS, False)]),
    ],
)
def test_a_roll_up_is_the_sum_over_strata_and_days(
    rolled_up: dict[tuple[str, ...], dict[str, Any]], period: str, days: list[tuple[list[Unit], bool]]
) -> None:
    for policy in POLICIES:
        for measure in MEASURES:
            for segment in SEGMENTS:
                expected = sum(
                    expected_moments(units, STRATA, policy, measure, segment, n_rungs=3, has_score=has_score)
                    for units, has_score in days
                )
                found = LadderMoments.from_row(rolled_up[(period, policy, measure, *segment)])
                assert_moments_equal(found, expected, tolerance=1e-9)


def test_a_roll_up_says_which_days_it_holds(rolled_up: dict[tuple[str, ...], dict[str, Any]]) -> None:
    days = {
        period: tuple(
            rolled_up[(period, "a", "units", "all", "all")][name] for name in ("first_ds", "last_ds", "n_days")
        )
        for period in ("day", "week", "all")
    }
    assert days == {"day": (SUNDAY, SUNDAY, 1), "week": (MONDAY, SUNDAY, 2), "all": (MONDAY, NEXT_MONDAY, 3)}
    row = rolled_up[("all", "a", "units", "all", "all")]
    assert (row["has_score"], row["label_sources"], row["rungs"]) == (True, ["file"], ["llm", "human", "gold"])


def test_days_with_different_ladders_are_kept_apart(spark: SparkSession) -> None:
    frames = [
        moments_of(spark, UNITS, n_rungs=n_rungs).withColumn("ds", F.lit(ds))
        for n_rungs, ds in ((1, MONDAY), (2, SUNDAY))
    ]
    of_all = (F.col("policy") == "a") & (F.col("measure") == "units") & (F.col("segment") == "all")
    moments = frames[0].unionByName(frames[1]).where(of_all)
    rows = roll_up(moments, [Period("all", None, None)]).collect()
    assert sorted((row["rungs"], row["n_days"]) for row in rows) == [(["llm"], 1), (["llm", "human"], 1)]
