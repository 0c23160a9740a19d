"""Rows of the table of breaks: every column where it belongs, one row a measure, refused without an overlap."""

from datetime import date
from typing import Any

import pytest

from lib.estimation.change.bridge_moments import BridgeMoments
from lib.estimation.change.bridge_study import estimate_shift
from lib.estimation.change.series_break_rows import series_break_rows
from schemas.contracts.bridge_names import (
    BRIDGE_VARIABLES,
    bridge_pairs,
    bridge_process_product,
    bridge_product,
    bridge_sum,
)
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.errors import MissingInputError

DAY = date(2026, 3, 10)
DECLARED = SeriesBreakSettings(
    ds=DAY,
    policy="self_harm",
    rung="llm",
    version_kind="prompt_version",
    old_version="p1",
    new_version="p2",
    overlap_first_ds=date(2026, 3, 8),
    overlap_last_ds=date(2026, 3, 9),
    reason="a sharper prompt",
)


def bridge(old: list[float], new: list[float], p: list[float]) -> BridgeMoments:
    return BridgeMoments.from_units(
        exposure=[1.0] * len(old), old_verdict=old, new_verdict=new, inclusion_probability=p
    )


def summed(moments: BridgeMoments, measure: str) -> dict[str, Any]:
    row: dict[str, Any] = {"measure": measure}
    for i, name in enumerate(BRIDGE_VARIABLES):
        row[bridge_sum(name)] = moments.sums[i]
    for first, second in bridge_pairs():
        i, j = BRIDGE_VARIABLES.index(first), BRIDGE_VARIABLES.index(second)
        row[bridge_product(first, second)] = moments.products[i, j]
        row[bridge_process_product(first, second)] = moments.process_products[i, j]
    counts = ("n_units", "n_gained", "n_lost", "n_kept", "n_missing", "sum_weight", "sum_squared_weight")
    return row | {name: getattr(moments, name) for name in (*counts, "largest_weight")}


def test_every_column_is_what_the_study_found() -> None:
    nan = float("nan")
    moments = bridge([0, 1, 1, 0, 0, 1], [1, 0, 1, 0, 1, nan], [0.1, 0.2, 0.1, 0.5, 0.4, 0.3])
    found = estimate_shift(moments, level=0.9)
    (row,) = series_break_rows([summed(moments, "units")], DECLARED, design_id="daily", confidence_level=0.9)
    assert row == {
        "ds": DAY,
        "policy": "self_harm",
        "measure": "units",
        "rung": "llm",
        "version_kind": "prompt_version",
        "old_version": "p1",
        "new_version": "p2",
        "overlap_first_ds": date(2026, 3, 8),
        "overlap_last_ds": date(2026, 3, 9),
        "old_prevalence": found.old_prevalence,
        "new_prevalence": found.new_prevalence,
        "shift": found.shift.difference,
        "std_error": found.std_error,
        "process_std_error": found.process_std_error,
        "ci_low": found.shift.low,
        "ci_high": found.shift.high,
        "ratio": found.ratio.ratio,
        "ratio_std_error": found.ratio_std_error,
        "ratio_process_std_error": found.ratio_process_std_error,
        "ratio_ci_low": found.ratio.low,
        "ratio_ci_high": found.ratio.high,
        "confidence_level": 0.9,
        "n_units": 5,
        "n_disagreeing": 3,
        "n_to_violating": 2,
        "n_to_not_violating": 1,
        "n_missing": 1,
        "reason": "a sharper prompt",
        "design_id": "daily",
    }


def test_measures_come_in_order_and_a_ratio_without_upper_limit_has_none() -> None:
    moments = bridge([0, 0, 0], [1, 0, 0], [0.1, 0.2, 0.5])
    rows = [summed(moments, measure) for measure in ("views", "units")]
    found = series_break_rows(rows, DECLARED, design_id="daily", confidence_level=0.95)
    assert [row["measure"] for row in found] == ["units", "views"]
    assert [row["ratio_ci_high"] for row in found] == [None, None]


@pytest.mark.parametrize("changed", [{"n_units": 0}, {"largest_weight": 0.0}])
def test_a_study_without_units_or_without_exposure_is_refused(changed: dict[str, float]) -> None:
    row = summed(bridge([0, 1], [1, 1], [0.5, 0.5]), "units") | changed
    with pytest.raises(MissingInputError, match="2026-03-08 to 2026-03-09 have a usable llm verdict on self_harm"):
        series_break_rows([row], DECLARED, design_id="daily", confidence_level=0.95)


def test_one_unit_seen_once_is_an_overlap() -> None:
    row = summed(bridge([1], [1], [1.0]), "units")
    (found,) = series_break_rows([row], DECLARED, design_id="daily", confidence_level=0.95)
    assert (found["n_units"], found["shift"]) == (1, 0.0)
