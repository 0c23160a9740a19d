"""Readings become arrays: rows, days, budget, breaks, and what released numbers and scores say."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from lib.monitoring.detection.readings import KnownBreak, Reading, StreamKey, stream_block
from lib.monitoring.detection.released_rates import gap_readings, prevalence_readings
from lib.monitoring.detection.sequence_rows import sequence_rows
from lib.monitoring.detection.watch import watch
from schemas.contracts.monitoring_settings import DaySpan, MonitoringSettings

FIRST = date(2026, 3, 2)
HEADLINE = StreamKey("prevalence", "harassment", "units", "all", "all")
SEGMENT = StreamKey("prevalence", "harassment", "units", "surface", "search")
VOLUME = StreamKey("volume", "all", "units", "all", "all")
SETTINGS = MonitoringSettings()


def _day(number: int) -> date:
    return FIRST + timedelta(days=number)


def _block(readings: list[Reading], **kept: Any) -> Any:
    options = {"last_ds": _day(5), "breaks": [], "settings": SETTINGS} | kept
    return stream_block(readings, **options)


READINGS = [
    Reading(VOLUME, _day(0), 100.0, 0.0),
    Reading(HEADLINE, _day(1), 0.02, 0.002, n_events=90.0),
    Reading(HEADLINE, _day(4), 0.03, 0.003),
    Reading(SEGMENT, _day(4), 0.04, 0.004),
    Reading(SEGMENT, _day(9), 0.05, 0.004),
]


def test_rows_are_the_sorted_streams_and_columns_the_days_up_to_the_last() -> None:
    keys, block = _block(READINGS)
    assert keys == [HEADLINE, SEGMENT, VOLUME]
    assert (block.first_ds, block.n_days) == (_day(0), 6)
    np.testing.assert_array_equal(block.values[0], [np.nan, 0.02, np.nan, np.nan, 0.03, np.nan])
    np.testing.assert_array_equal(block.values[2], [100.0, *[np.nan] * 5])
    assert (block.day(4), block.column(_day(4)), block.weekday(4)) == (date(2026, 3, 6), 4, 4)


def test_rates_have_a_grain_and_volumes_a_variance() -> None:
    _, block = _block([*READINGS, Reading(VOLUME, _day(1), 120.0, 5.0)])
    assert block.grain[0, 1] == pytest.approx(0.002**2 / 0.02)
    assert (block.grain[2] == 0.0).all()
    assert block.variance[2, 1] == 25.0


def test_the_budget_is_shared_by_tiers_and_within_them_equally() -> None:
    _, block = _block(READINGS)
    assert list(block.budget_share) == [0.5, 0.25, 0.25]
    _, without_process = _block(READINGS[1:])
    assert list(without_process.budget_share) == pytest.approx([2 / 3, 1 / 3])
    _, twice = _block([*READINGS, Reading(HEADLINE._replace(measure="views"), _day(1), 0.02, 0.002)])
    assert list(twice.budget_share) == [0.25, 0.25, 0.25, 0.25]


def test_breaks_concern_families_and_policies() -> None:
    breaks = [
        KnownBreak(_day(2), frozenset({"prevalence"}), "harassment", "new text"),
        KnownBreak(_day(3), frozenset({"prevalence", "volume"}), "self_harm", "another policy"),
        KnownBreak(_day(4), frozenset({"volume"}), None, "logging"),
        KnownBreak(_day(0), frozenset({"volume"}), None, "before everything"),
    ]
    _, block = _block(READINGS, breaks=breaks)
    assert [list(np.flatnonzero(row)) for row in block.is_break] == [[2], [2], [4]]


def test_excluded_days_are_those_of_conf() -> None:
    span = DaySpan(first_ds=_day(1), last_ds=_day(2), reason="holidays")
    _, block = _block(READINGS, settings=MonitoringSettings(excluded_days=[span]))
    assert list(np.flatnonzero(block.is_excluded[0])) == [1, 2]
    assert np.isnan(block.usable[0, 1])


def test_without_a_reading_there_is_nothing_to_watch() -> None:
    with pytest.raises(ValueError, match="no reading up to 2026-03-07"):
        _block([Reading(VOLUME, _day(9), 1.0, 0.0)])


def _number(**changed: Any) -> dict[str, Any]:
    row = {
        "period_start": FIRST, "policy": "harassment", "measure": "units", "segment": "all", "segment_value": "all",
        "prevalence": 0.02, "std_error": 0.002, "ci_high": 0.025, "confidence_level": 0.95, "n_positive": 40,
        "status": "released",
    }  # fmt: skip
    return row | changed


def test_only_released_numbers_are_readings() -> None:
    held = _number(status="held", prevalence=None, std_error=None, ci_high=None, n_positive=None)
    assert prevalence_readings([_number(), held]) == [Reading(HEADLINE, FIRST, 0.02, 0.002, n_events=40.0)]


def test_without_a_violation_the_upper_limit_says_what_one_stands_for() -> None:
    (reading,) = prevalence_readings([_number(prevalence=0.0, std_error=0.0, ci_high=0.0037, n_positive=0)])
    # -ln(0.025) = 3.689
    assert reading.one_event == pytest.approx(0.0037 / 3.689, rel=1e-3)


def test_the_gap_is_the_rate_over_the_mean_score_of_the_whole() -> None:
    score = Reading(HEADLINE._replace(family="score"), FIRST, 0.04, 0.0)
    rate = Reading(HEADLINE, FIRST, 0.02, 0.002, n_events=40.0)
    of_segment = Reading(SEGMENT, FIRST, 0.02, 0.002)
    other_day = Reading(HEADLINE, _day(1), 0.02, 0.002)
    (gap,) = gap_readings([rate, of_segment, other_day, score])
    assert gap == Reading(HEADLINE._replace(family="index_gap"), FIRST, 0.5, 0.05, n_events=40.0)


def test_a_sequence_says_what_was_expected_and_nothing_while_it_warms_up() -> None:
    readings = [Reading(VOLUME, _day(n), 100.0 + n % 3, 1.0) for n in range(40)]
    keys, block = _block(readings, last_ds=_day(39))
    rows = sequence_rows(keys, block, watch(block, SETTINGS), first=_day(20), confidence=0.95)
    assert [row["ds"] for row in rows] == [_day(n) for n in range(20, 40)]
    first, last = rows[0], rows[-1]
    assert (first["phase"], first["expected"], first["level_low"]) == ("warming_up", None, None)
    assert last["phase"] == "watched"
    assert last["expected_low"] < 100.0 < last["expected_high"]
    assert last["level_low"] < last["level"] < last["level_high"]
    assert last["level"] == pytest.approx(101.0, abs=1.0)
    assert {**last} | {name: last[name] for name in VOLUME._fields} == last
