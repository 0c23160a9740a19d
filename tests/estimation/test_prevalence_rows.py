"""Records of the prevalence table from rolled-up rows: what is held and why, and shares of components."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from lib.estimation.components import component_share
from lib.estimation.estimators import estimate_prevalence
from lib.estimation.intervals.prevalence_interval import confidence_interval
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.prevalence_rows import NOT_YET_RELEASED, hold_reasons, missing_label_rates, prevalence_rows
from schemas import prevalence
from schemas.contracts.moment_names import COUNT_COLUMNS, SUM_COLUMNS
from tests.estimation.test_ladder_moments import random_units, row_of

DS = date(2026, 3, 2)
TOTALS = {"population_size": 500, "exposure_total": 90_000.0, "score_total": 40.0}


def rolled_up(moments: LadderMoments, **changes: Any) -> dict[str, Any]:
    row = {name: value or 0.0 for name, value in row_of(moments).items()} | {"rungs": list(moments.rungs)}
    for rung, weight in enumerate(moments.sum_weight, start=1):
        row |= {f"sum_drawn_weight_{rung}": weight}
    return dict.fromkeys((*SUM_COLUMNS, *COUNT_COLUMNS), 0.0) | row | {
        "design_id": "daily_v1", "period": "day", "policy": "a", "measure": "views", "segment": "all",
        "segment_value": "all", "component": "unit", "first_ds": DS, "last_ds": DS, "n_days": 1,
        "label_sources": ["file"],
    } | changes  # fmt: skip


def records_of(rows: list[dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
    fixed = {"estimators": ["hajek"], "interval": "korn_graubard", "confidence_level": 0.9}
    return prevalence_rows(rows, **fixed | settings)


def moments_of(n_rungs: int = 2, part: float | None = None) -> LadderMoments:
    """Moments of 200 units; `part` keeps the violations of that share of them, or of the others if negative."""
    units = random_units(5, 200, n_rungs)
    if part is not None:
        is_inside = np.arange(200) < 200 * abs(part)
        units["verdicts"] = [label * (is_inside if part > 0 else ~is_inside) for label in units["verdicts"]]
    return LadderMoments.from_units(**units, **TOTALS)


def test_a_record_has_the_columns_of_the_table() -> None:
    (record,) = records_of([rolled_up(moments_of())])
    assert set(record) == set(prevalence.TABLE.column_names) - {"job_run_id"}
    # Until a release decides on it.
    assert (record["status"], record["hold_reasons"]) == ("held", [NOT_YET_RELEASED])
    assert record["missing_label_rate"] == 0.0
    assert record["ci_low"] <= record["prevalence"] <= record["ci_high"]
    assert [record[f"n_{rung}"] for rung in ("llm", "human", "gold")] == [*moments_of().n, 0]
    assert record["share_of_violating"] is None
    assert (record["n_positive"], record["n_positive_highest_rung"]) == moments_of().n_positive


def test_a_human_only_ladder_counts_people() -> None:
    row = rolled_up(moments_of(1), rungs=["human"])
    (record,) = records_of([row])
    assert (record["n_llm"], record["n_human"]) == (0, 200)
    assert record["hold_reasons"] == [NOT_YET_RELEASED]


@pytest.mark.parametrize(("missing", "is_held"), [(0.0999, False), (0.1001, True)])
def test_missing_labels_hold_a_number_only_above_the_limit(missing: float, is_held: bool) -> None:
    row = rolled_up(moments_of(), sum_drawn_weight_2=5000.0, sum_missing_weight_2=5000.0 * missing, n_missing_2=3)
    (record,) = records_of([row], maximum_missing_label_rate=0.1)
    assert record["missing_label_rate"] == pytest.approx(missing)
    assert (record["prevalence"] is None) is is_held
    assert (record["hold_reasons"] != [NOT_YET_RELEASED]) is is_held
    if is_held:
        assert record["hold_reasons"] == [
            "missing_labels: 10.0% of the weight of the units on rung 2 of the ladder has no usable verdict, more than "
            "the allowed 10.0%"
        ]


def test_the_allowed_rate_of_missing_labels_is_the_one_that_is_given() -> None:
    row = rolled_up(moments_of(), sum_drawn_weight_2=100.0, sum_missing_weight_2=8.0, n_missing_2=3)
    assert [records_of([row], maximum_missing_label_rate=rate)[0]["prevalence"] is None for rate in (0.05, 0.09)] == [
        True,
        False,
    ]


def test_missing_rates_are_of_all_rows_together() -> None:
    rows = [{f"sum_{kind}_weight_{rung}": 0.0 for kind in ("drawn", "missing") for rung in (1, 2, 3)} for _ in range(2)]
    rows[0] |= {"sum_drawn_weight_1": 100.0, "sum_missing_weight_1": 20.0}
    rows[1] |= {"sum_drawn_weight_1": 300.0, "sum_missing_weight_1": 0.0}
    assert missing_label_rates(rows) == [0.05, 0.0, 0.0]


def test_days_with_different_ladders_are_held_together() -> None:
    rows = [rolled_up(moments_of(1)), rolled_up(moments_of(2))]
    assert hold_reasons(rows) == [
        "mixed_label_ladders: days labelled by llm and by llm+human are not comparable",
    ]
    (record,) = records_of(rows)
    assert (record["status"], record["n_days"], record["ci_high"]) == ("held", 2, None)


def test_without_any_respondent_a_number_is_held() -> None:
    rows = [rolled_up(moments_of(1), n_1=0, sum_missing_weight_1=7.0, sum_drawn_weight_1=7.0)]
    assert hold_reasons(rows) == ["no_labels: no sampled unit has a verdict"]


def test_a_segment_without_exposure_is_held() -> None:
    for exposure, reasons in ((0.0, ["no_exposure: the segment has no exposure in the period"]), (0.5, [])):
        assert hold_reasons([rolled_up(moments_of(1), exposure_total=exposure)]) == reasons


def test_the_difference_estimator_needs_a_score() -> None:
    row = rolled_up(moments_of(1))
    for has_score, n_held in ((True, 0), (False, 1)):
        found = records_of([row | {"has_score": has_score}], estimators=["hajek", "difference"])
        held = [record["estimator"] for record in found if record["prevalence"] is None]
        assert held == ["difference"][:n_held]
    assert found[1]["hold_reasons"] == ["no_score: the difference estimator needs a score"]


def test_estimates_have_the_interval_and_the_level_that_are_asked_for() -> None:
    moments = moments_of()
    for method, level in (("wald", 0.8), ("logit", 0.99)):
        estimate = estimate_prevalence(moments, estimator="regression")
        limits = confidence_interval(estimate, moments, method=method, level=level)  # type: ignore[arg-type]
        (record,) = records_of([rolled_up(moments)], estimators=["regression"], interval=method, confidence_level=level)
        assert (record["ci_method"], record["confidence_level"]) == (method, level)
        names = ("prevalence", "std_error", "ci_low", "ci_high", "effective_sample_size")
        expected = (estimate.published, estimate.std_error, limits.low, limits.high, estimate.effective_sample_size)
        assert [record[name] for name in names] == pytest.approx(expected)


def test_a_component_has_its_prevalence_and_its_share() -> None:
    unit, part, rest = moments_of(), moments_of(part=0.3), moments_of(part=-0.3)
    rows = [
        rolled_up(part, component="query"),
        rolled_up(rest, component="all_but_query"),
        rolled_up(unit),
    ]
    by_component = {record["component"]: record for record in records_of(rows, estimators=["horvitz_thompson"])}
    assert set(by_component) == {"unit", "query"}
    query = by_component["query"]
    share = component_share(unit, part, rest, estimator="horvitz_thompson", level=0.9)
    assert share is not None
    names = ("share_of_violating", "share_std_error", "share_ci_low", "share_ci_high")
    assert [query[name] for name in names] == [share.share, share.std_error, share.low, share.high]
    unit_prevalence = by_component["unit"]["prevalence"]
    assert query["share_of_violating"] == pytest.approx(query["prevalence"] / unit_prevalence)
    assert query["prevalence"] < by_component["unit"]["prevalence"]


def test_a_held_component_has_no_share() -> None:
    missing = {"sum_drawn_weight_1": 10.0, "sum_missing_weight_1": 5.0}
    rows = [
        rolled_up(moments_of(part=0.3), component="query", **missing),
        rolled_up(moments_of(part=-0.3), component="all_but_query", **missing),
        rolled_up(moments_of(), **missing),
    ]
    assert {record["status"] for record in records_of(rows)} == {"held"}
    assert {record["share_of_violating"] for record in records_of(rows)} == {None}
