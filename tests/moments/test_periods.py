"""Periods by hand, and roll-ups of strata and days against moments of all units at once."""

from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.estimation.ladder_moments import LadderMoments
from lib.moments.periods import Period, owned_rows, periods_of, roll_up
from tests.moments.expected_moments import assert_moments_equal, expected_moments
from tests.moments.labelled_units import (
    KNOWN,
    MEASURES,
    POLICIES,
    UNITS,
    Unit,
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
    quarter = Period("quarter", date(2026, 1, 1), date(2026, 3, 31))
    assert periods_of(SUNDAY) == [Period("day", SUNDAY, SUNDAY), week, quarter, everything]
    assert periods_of(MONDAY) == [Period("day", MONDAY, MONDAY), week, quarter, everything]
    assert periods_of(NEXT_MONDAY)[1] == Period("week", NEXT_MONDAY, date(2026, 3, 15))
    assert periods_of(date(2027, 1, 1))[1] == Period("week", date(2026, 12, 28), date(2027, 1, 3))


@pytest.mark.parametrize(
    ("ds", "first", "last"),
    [
        (date(2027, 1, 1), date(2027, 1, 1), date(2027, 3, 31)),
        (date(2028, 5, 31), date(2028, 4, 1), date(2028, 6, 30)),
        (date(2026, 9, 30), date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_quarters_of_the_calendar(ds: date, first: date, last: date) -> None:
    assert periods_of(ds)[2] == Period("quarter", first, last)


def test_owned_rows_by_hand() -> None:
    assert owned_rows(periods_of(SUNDAY), design_id="daily_v1") == (
        "design_id = 'daily_v1' AND ("
        "(period = 'day' AND ds >= DATE'2026-03-08' AND ds <= DATE'2026-03-08') OR "
        "(period = 'week' AND ds >= DATE'2026-03-02' AND ds <= DATE'2026-03-08') OR "
        "(period = 'quarter' AND ds >= DATE'2026-01-01' AND ds <= DATE'2026-03-31') OR "
        "(period = 'all'))"
    )


@pytest.fixture(scope="module")
def daily(_session: SparkSession) -> list[DataFrame]:
    """The rows of three days, as data: Monday, Sunday, and the Monday after it, which had no score yet."""
    days = [(MONDAY, UNITS, True), (SUNDAY, SUNDAY_UNITS, True), (NEXT_MONDAY, NEXT_UNITS, False)]
    frames = []
    for ds, units, has_score in days:
        moments = moments_of(_session, units, n_rungs=3, has_score=has_score)
        frames.append(_session.createDataFrame(moments.collect(), moments.schema).withColumn("ds", F.lit(ds)))
    return frames


@pytest.fixture(scope="module")
def rolled_up(daily: list[DataFrame]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Roll-ups around Sunday of the three days: by period, policy, measure, segment and its value, component."""
    key = ("period", "policy", "measure", "segment", "segment_value", "component")
    rows = roll_up(reduce(DataFrame.unionByName, daily), periods_of(SUNDAY)).collect()
    return {tuple(row[name] for name in key): row.asDict() for row in rows}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("day", [(SUNDAY_UNITS, True)]),
        ("week", [(UNITS, True), (SUNDAY_UNITS, True)]),
        ("quarter", [(UNITS, True), (SUNDAY_UNITS, True), (NEXT_UNITS, False)]),
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
                found = LadderMoments.from_row(rolled_up[(period, policy, measure, *segment, "unit")])
                assert_moments_equal(found, expected, tolerance=1e-9)


@pytest.mark.parametrize("component", ["unit", "query", "all_but_combination", "unspecified"])
@pytest.mark.parametrize("segment", [("all", "all"), ("country", "FR")])
def test_a_quarter_of_all_strata_is_the_direct_computation(
    rolled_up: dict[tuple[str, ...], dict[str, Any]], segment: tuple[str, str], component: str
) -> None:
    if segment[0] != "all" and component != "unit":
        assert ("quarter", "a", "views", *segment, component) not in rolled_up
        return
    # All units of the three days at once; without a score the auxiliary of a day is 0, in the sample and in the total.
    days = [*UNITS, *SUNDAY_UNITS, *[replace(unit, score=0.0) for unit in NEXT_UNITS]]
    known = np.sum([KNOWN[(stratum, *segment)] for stratum in STRATA], axis=0)
    direct = expected_moments(days, STRATA, "a", "views", segment, n_rungs=3, component=component)
    direct = replace(direct, population_size=3.0 * known[0], exposure_total=3.0 * known[1], score_total=2.0 * known[3])
    found = LadderMoments.from_row(rolled_up[("quarter", "a", "views", *segment, component)])
    assert_moments_equal(found, direct, tolerance=1e-9)


def test_a_roll_up_says_which_days_it_holds(rolled_up: dict[tuple[str, ...], dict[str, Any]]) -> None:
    days = {
        period: tuple(
            rolled_up[(period, "a", "units", "all", "all", "unit")][name] for name in ("first_ds", "last_ds", "n_days")
        )
        for period in ("day", "week", "quarter", "all")
    }
    everything = (MONDAY, NEXT_MONDAY, 3)
    assert days == {"day": (SUNDAY, SUNDAY, 1), "week": (MONDAY, SUNDAY, 2), "quarter": everything, "all": everything}
    row = rolled_up[("all", "a", "units", "all", "all", "unit")]
    assert (row["has_score"], row["label_sources"], row["rungs"]) == (True, ["file"], ["llm", "human", "gold"])


def test_days_with_different_ladders_are_kept_apart(daily: list[DataFrame]) -> None:
    of_image = (F.col("policy") == "a") & (F.col("measure") == "units") & (F.col("component") == "image")
    by_llm = daily[1].withColumn("rungs", F.array(F.lit("llm")))
    rows = roll_up(daily[0].unionByName(by_llm).where(of_image), [Period("all", None, None)]).collect()
    assert sorted((row["rungs"], row["n_days"]) for row in rows) == [(["llm"], 1), (["llm", "human", "gold"], 1)]
