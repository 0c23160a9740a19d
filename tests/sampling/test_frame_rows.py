"""Rows of the frame by hand: every column from where it belongs, and the bounds of the weights."""

import math

import numpy as np
import pytest

from lib.sampling.draw_plan import DrawPlan
from lib.sampling.frame_rows import frame_rows, weight_bounds
from lib.sampling.population import SegmentTotal, StratumPopulation
from lib.sampling.selection import PlannedDraw, Thresholds
from lib.sampling.size_measure import SizeMeasure
from lib.sampling.size_profile import StratumProfile
from schemas import sampling_frame
from tests.sampling.scored_units import design

POPULATIONS = [
    StratumPopulation(
        stratum=name,
        population_size=size,
        scorer_version="v7",
        exposure_totals={"units": float(size), "views": 3.0 * size},
        score_totals={"units": {"a": 1.0}},
        n_missing_scores={"a": 4},
        highest_scores={"a": 0.9},
        segment_totals=(SegmentTotal("all", "all", "units", size, float(size), {"a": 1.0}),),
    )
    for name, size in (("x", 100), ("y", 6))
]
IMPORTANCES = {"main": {"a": 0.3, "b": 0.7}, "boost": {"a": 1.0}}


def plan(name: str, sizes: dict[str, int], ratios: dict[str, float]) -> DrawPlan:
    none = np.array([])
    largest = {"units": 1.0, "views": 8.0}
    profiles = {stratum: StratumProfile(none, none, largest, ratios, {}, {}) for stratum in sizes}
    spreads = {"x": {"units": 2.5}} if name == "main" else {}
    measure = SizeMeasure(0.2, {"units": 0.5, "views": 0.5}, IMPORTANCES[name], POPULATIONS, spreads)
    return DrawPlan(PlannedDraw(name, sizes, profiles), measure)


PLANS = [
    plan("main", {"x": 10, "y": 6}, {"units": 200.0, "views": 900.0}),
    plan("boost", {"x": 4, "y": 0}, {"units": 150.0, "views": 1_200.0}),
]
THRESHOLDS = {
    "main": {"x": Thresholds(12.5, 12.0), "y": Thresholds(math.inf, math.inf)},
    "boost": {"x": Thresholds(5.0, 4.0), "y": Thresholds(0.0, 0.0)},
}
SIZES = {"x": {"": 12, "main": 10, "boost": 5}}


def test_weights_are_bounded_by_the_draw_that_bounds_them_best() -> None:
    # of units the main draw, 200/12 before 150/4; of views 900/12 before 1,200/4
    assert weight_bounds("x", PLANS, THRESHOLDS) == pytest.approx({"units": 200 / 12, "views": 75.0})
    assert weight_bounds("x", PLANS[1:], THRESHOLDS) == pytest.approx({"units": 37.5, "views": 300.0})
    # taken whole, and by a draw that takes none: the largest exposure
    assert weight_bounds("y", PLANS, THRESHOLDS) == {"units": 1.0, "views": 8.0}


def test_every_column_of_the_frame() -> None:
    asked = design(sample_size=16, method="poisson", strata=["surface"], seed=9)
    x, y = frame_rows(POPULATIONS, PLANS, design=asked, thresholds=THRESHOLDS, sizes=SIZES)
    assert set(x) == set(sampling_frame.TABLE.column_names) - {"ds", "job_run_reads", "job_run_id"}
    assert x == {
        "design_id": "weekly_v3",
        "stratum": "x",
        "method": "poisson",
        "size_measure_rule": "score_and_exposure",
        "population_size": 100,
        "exposure_totals": {"units": 100.0, "views": 300.0},
        "score_totals": {"units": {"a": 1.0}},
        "n_missing_scores": {"a": 4},
        "highest_scores": {"a": 0.9},
        "policy_importance": {"a": 0.3, "b": 0.7},
        "size_measure_total": 1.0,
        "uniform_share": 0.2,
        "measure_shares": {"units": 0.5, "views": 0.5},
        "threshold": 12.5,
        "draws": [
            ("main", {"a": 0.3, "b": 0.7}, 10, 10, 12.5, 12.0, {"units": 2.5}),
            ("boost", {"a": 1.0}, 4, 5, 5.0, 4.0, {}),
        ],
        "weight_bounds": pytest.approx({"units": 200 / 12, "views": 75.0}),
        "target_sample_size": 10,
        "sample_size": 12,
        "seed": 9,
        "random_number_key": "unit_id",
        "segment_totals": [("all", "all", "units", 100, 100.0, {"a": 1.0})],
        "scorer_version": "v7",
    }
    # a stratum of which nothing was drawn
    assert (y["threshold"], y["sample_size"], y["target_sample_size"]) == (None, 0, 6)
    assert y["draws"] == [
        ("main", {"a": 0.3, "b": 0.7}, 6, 0, None, None, {}),
        ("boost", {"a": 1.0}, 0, 0, 0.0, 0.0, {}),
    ]
