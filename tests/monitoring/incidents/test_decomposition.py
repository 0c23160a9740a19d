"""Which segments drive a change: rate and mix by hand."""

from datetime import date
from typing import Any

import pytest

from lib.monitoring.incidents.decomposition import drivers_of

BEFORE, AFTER = (date(2026, 3, 2), date(2026, 3, 2)), (date(2026, 3, 3), date(2026, 3, 3))


def _number(day: date, segment: str, value: str, rate: float | None, exposure: float) -> dict[str, Any]:
    return {
        "period_start": day, "segment": segment, "segment_value": value, "prevalence": rate,
        "std_error": None if rate is None else rate / 10, "exposure_total": exposure,
    }  # fmt: skip


def _day(day: date, parts: dict[str, tuple[float | None, float]], segment: str = "surface") -> list[dict[str, Any]]:
    known = [(rate, exposure) for rate, exposure in parts.values() if rate is not None]
    whole = sum(rate * exposure for rate, exposure in known) / sum(exposure for _, exposure in known)
    total = sum(exposure for _, exposure in parts.values())
    rows = [_number(day, segment, value, *part) for value, part in parts.items()]
    return [_number(day, "all", "all", whole, total), *rows]


def test_a_rate_that_rises_in_one_segment() -> None:
    numbers = _day(BEFORE[0], {"search": (0.01, 400.0), "home": (0.02, 600.0)})
    numbers += _day(AFTER[0], {"search": (0.04, 400.0), "home": (0.02, 600.0)})
    (search, home), unexplained = drivers_of(numbers, before=BEFORE, after=AFTER)
    assert (search["segment"], search["segment_value"]) == ("surface", "search")
    # 40 % of the exposure by 3 points
    assert search["rate_effect"] == pytest.approx(0.012)
    assert search["mix_effect"] == home["mix_effect"] == 0.0
    assert search["rate_std_error"] == pytest.approx(0.4 * (0.001**2 + 0.004**2) ** 0.5)
    assert (search["rate_before"], search["rate_after"], search["share_before"]) == (0.01, 0.04, 0.4)
    assert unexplained == pytest.approx(0.0, abs=1e-15)


def test_a_segment_that_grows_without_any_rate_moving() -> None:
    numbers = _day(BEFORE[0], {"search": (0.01, 800.0), "home": (0.05, 200.0)})
    numbers += _day(AFTER[0], {"search": (0.01, 600.0), "home": (0.05, 400.0)})
    drivers, unexplained = drivers_of(numbers, before=BEFORE, after=AFTER)
    effects = {driver["segment_value"]: driver for driver in drivers}
    # whole: 0.018 to 0.026, mean 0.022; home: (0.05 - 0.022)·0.2, search: (0.01 - 0.022)·(-0.2)
    assert effects["home"]["mix_effect"] == pytest.approx(0.0056)
    assert effects["search"]["mix_effect"] == pytest.approx(0.0024)
    assert effects["home"]["rate_effect"] == 0.0
    assert unexplained == pytest.approx(0.0, abs=1e-15)


def test_a_held_segment_takes_no_part_and_what_it_did_is_unexplained() -> None:
    numbers = _day(BEFORE[0], {"search": (0.01, 400.0), "home": (0.02, 500.0), "lens": (None, 100.0)})
    numbers += _day(AFTER[0], {"search": (0.04, 400.0), "home": (0.02, 500.0), "lens": (None, 100.0)})
    drivers, unexplained = drivers_of(numbers, before=BEFORE, after=AFTER)
    assert {driver["segment_value"] for driver in drivers} == {"search", "home"}
    assert unexplained == pytest.approx(0.03 * 4 / 9 - 0.03 * 0.4)


def test_days_are_summed_with_their_exposure() -> None:
    second = date(2026, 3, 4)
    numbers = _day(BEFORE[0], {"search": (0.01, 500.0), "home": (0.01, 500.0)})
    numbers += _day(AFTER[0], {"search": (0.01, 500.0), "home": (0.01, 500.0)})
    numbers += _day(second, {"search": (0.03, 1_500.0), "home": (0.01, 1_500.0)})
    (search, _), _ = drivers_of(numbers, before=BEFORE, after=(AFTER[0], second))
    assert search["rate_after"] == pytest.approx((0.01 * 500 + 0.03 * 1_500) / 2_000)


def test_the_kind_of_segment_that_stands_out_is_shown() -> None:
    def numbers(day: date, by_surface: tuple[float, float], by_country: tuple[float, float]) -> list[dict[str, Any]]:
        surfaces = _day(day, {"search": (by_surface[0], 500.0), "home": (by_surface[1], 500.0)})
        countries = _day(day, {"DE": (by_country[0], 500.0), "FR": (by_country[1], 500.0)}, segment="country")
        return surfaces + countries[1:]

    rows = numbers(BEFORE[0], (0.01, 0.01), (0.01, 0.01)) + numbers(AFTER[0], (0.015, 0.015), (0.02, 0.01))
    drivers, _ = drivers_of(rows, before=BEFORE, after=AFTER)
    assert [driver["segment_value"] for driver in drivers] == ["DE", "FR"]


def test_without_parts_there_are_no_drivers() -> None:
    whole = [_number(day, "all", "all", 0.01, 100.0) for day in (BEFORE[0], AFTER[0])]
    assert drivers_of(whole, before=BEFORE, after=AFTER) == ([], None)
    one_part = whole + [_number(day, "surface", "search", 0.01, 100.0) for day in (BEFORE[0], AFTER[0])]
    assert drivers_of(one_part, before=BEFORE, after=AFTER) == ([], None)
    assert drivers_of(whole[:1], before=BEFORE, after=AFTER) == ([], None)
