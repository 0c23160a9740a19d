"""The size measure: a stratum computed by hand, its totals and bounds, and what missing scores do."""

from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from lib.sampling.population import StratumPopulation
from lib.sampling.size_measure import SizeMeasure, policy_importance, predicted_prevalence
from tests.sampling.scored_units import draw, generated_rows, unit_scores

# Views 0, 2 and 6, each measure half: m = 1/2·1/3 + 1/2·views/8.
MIXTURE = [4 / 24, 7 / 24, 13 / 24]
HAND_ROWS: list[dict[str, Any]] = [
    {"viewed_pin_count": 0, "scores": {"a": 0.5, "b": 0.5}},
    {"viewed_pin_count": 2, "scores": {"a": 0.1, "b": 0.0}},
    {"viewed_pin_count": 6, "scores": {"b": 0.2}},  # `a` is missing: counts as the highest, 0.5
]
# g² = 3/4·a(1 - a) + 1/4·b(1 - b)
SPREAD = [0.25**0.5, (0.75 * 0.09) ** 0.5, (0.75 * 0.25 + 0.25 * 0.16) ** 0.5]


def _every_unit(spark: SparkSession, rows: list[dict[str, Any]], **fields: Any) -> list[Row]:
    """All units with their size measure: the sample of a budget as large as the population."""
    drawn = draw(unit_scores(spark, rows), sample_size=len(rows), **fields)
    return drawn.units.orderBy("unit_id").collect()


def test_the_size_measure_of_three_units_by_hand(spark: SparkSession) -> None:
    rows = _every_unit(spark, HAND_ROWS, policies=["a", "b"], policy_importance={"a": 3.0, "b": 1.0})
    total = sum(m * g for m, g in zip(MIXTURE, SPREAD, strict=True))
    expected = [0.8 * m * g / total + 0.2 * m for m, g in zip(MIXTURE, SPREAD, strict=True)]
    assert [row["size_measure"] for row in rows] == pytest.approx(expected, rel=1e-8)
    assert [row["scores"] for row in rows] == [{"a": 0.5, "b": 0.5}, {"a": 0.1, "b": 0.0}, {"a": 0.5, "b": 0.2}]
    assert [row["exposures"] for row in rows] == [{"units": 1.0, "views": float(views)} for views in (0, 2, 6)]


def test_one_measure_alone_and_no_score_give_exposure_shares(spark: SparkSession) -> None:
    rows = [{"viewed_pin_count": views} for views in (0, 2, 6)]
    drawn = draw(unit_scores(spark, rows), policies=["a"], sample_size=3)
    assert [r["size_measure"] for r in drawn.units.orderBy("unit_id").collect()] == pytest.approx(MIXTURE, rel=1e-12)
    (stratum,) = drawn.frame
    assert stratum["size_measure_rule"] == "exposure_only"
    assert (stratum["score_totals"], stratum["n_missing_scores"]) == ({"units": {}, "views": {}}, {"a": 3})
    assert stratum["policy_importance"] == {"a": 1.0}
    # Without a view in the stratum the views' share goes to the units.
    nothing_viewed = _every_unit(spark, [{"scores": {"a": 0.5}}] * 4, policies=["a"])
    assert [row["size_measure"] for row in nothing_viewed] == pytest.approx([0.25] * 4, rel=1e-8)


def test_a_policy_without_any_score_stays_absent_and_pulls_towards_exposure(spark: SparkSession) -> None:
    rows = _every_unit(spark, HAND_ROWS, policies=["a", "b", "new"], policy_importance={"b": 1.0, "new": 1.0})
    assert all("new" not in row["scores"] for row in rows)
    prior = 0.001 * 0.999
    spread = [(0.5 * b * (1 - b) + 0.5 * prior) ** 0.5 for b in (0.5, 0.0, 0.2)]
    total = sum(m * g for m, g in zip(MIXTURE, spread, strict=True))
    expected = [0.8 * m * g / total + 0.2 * m for m, g in zip(MIXTURE, spread, strict=True)]
    assert [row["size_measure"] for row in rows] == pytest.approx(expected, rel=1e-8)


def test_every_stratum_has_total_one_and_every_unit_its_share_of_exposure(spark: SparkSession) -> None:
    rows = _every_unit(
        spark, generated_rows(400), policies=["common", "rare", "new"], strata=["surface"], uniform_share=0.2
    )
    assert len(rows) == 400
    for stratum in ("search", "home", "feed"):  # on feed no score leaves any doubt: exposure alone decides
        units = [row for row in rows if row["stratum"] == stratum]
        # The normaliser is a sum of terms rounded to 9 decimals: relative to the small g on home that is 1e-8.
        assert sum(unit["size_measure"] for unit in units) == pytest.approx(1, abs=5e-8)
        views = sum(unit["exposures"]["views"] for unit in units)
        mixture = [0.5 / len(units) + 0.5 * unit["exposures"]["views"] / views for unit in units]
        assert all(unit["size_measure"] >= 0.2 * m > 0 for unit, m in zip(units, mixture, strict=True))
        assert {unit["exposures"]["views"] for unit in units} >= {0.0}


def test_a_stratum_of_certain_scores_is_measured_by_exposure(spark: SparkSession) -> None:
    rows = [{"viewed_pin_count": views, "scores": {"a": float(views > 2)}} for views in (0, 2, 6)]
    assert [r["size_measure"] for r in _every_unit(spark, rows, policies=["a"])] == pytest.approx(MIXTURE, rel=1e-12)


def _population(name: str, size: int, scores: dict[str, float], views: float = 0.0) -> StratumPopulation:
    return StratumPopulation(
        stratum=name,
        population_size=size,
        scorer_version="v1",
        exposure_totals={"units": float(size), "views": views},
        score_totals={"units": scores},
        n_missing_scores={},
        highest_scores=dict.fromkeys(scores, 0.9),
        segment_totals=(),
    )


def test_importance_is_one_over_squared_predicted_prevalence() -> None:
    strata = [_population("x", 100, {"a": 4.0, "b": 1.0}), _population("y", 300, {"a": 4.0})]
    # a: 8 of 400 units, b: 1 of the 100 units that have its score, new: the prior of 0.001.
    assert [predicted_prevalence(strata, policy) for policy in ("a", "b", "new")] == pytest.approx([0.02, 0.01, 0.001])
    importance = policy_importance(strata, policies=["a", "b"], rule="inverse_square_prevalence")
    assert importance == pytest.approx({"a": 0.2, "b": 0.8})
    assert policy_importance(strata, policies=["a", "b"], rule={"b": 3.0, "a": 1.0}) == {"a": 0.25, "b": 0.75}
    assert policy_importance(strata, policies=["a", "b"], rule={"b": 3.0}) == {"a": 0.0, "b": 1.0}


def test_a_score_of_zero_everywhere_does_not_make_a_policy_infinitely_important() -> None:
    strata = [_population("x", 100, {"a": 0.0, "b": 1.0})]
    importance = policy_importance(strata, policies=["a", "b"], rule="inverse_square_prevalence")
    assert importance == pytest.approx({"a": 1e10 / (1e10 + 1e4), "b": 1e4 / (1e10 + 1e4)})


def test_stratum_sizes_by_hand() -> None:
    strata = [_population("x", 100, {"a": 4.0}, views=300.0), _population("y", 300, {"a": 4.0}, views=100.0)]
    shares = {"units": 0.5, "views": 0.5}
    arguments = {"uniform_share": 0.2, "measure_shares": shares, "policy_importance": {"a": 1.0}, "populations": strata}
    without_scores = SizeMeasure(**arguments, score_spread_totals={})
    assert without_scores.stratum_sizes() == pytest.approx({"x": 0.5, "y": 0.5})
    spreads = {"x": {"units": 10.0, "views": 80.0}, "y": {"units": 10.0, "views": 20.0}}
    # Score part: x (10 + 80)/800, y (10 + 20)/800, so 3/4 and 1/4; exposure part 1/2 and 1/2.
    sizes = SizeMeasure(**arguments, score_spread_totals=spreads).stratum_sizes()
    assert sizes == pytest.approx({"x": 0.8 * 0.75 + 0.1, "y": 0.8 * 0.25 + 0.1})


def test_a_day_without_views_or_without_doubt_has_stratum_sizes_too() -> None:
    strata = [_population("x", 100, {"a": 4.0}), _population("y", 300, {"a": 4.0})]
    shares = {"units": 0.5, "views": 0.5}
    arguments = {"uniform_share": 0.2, "measure_shares": shares, "policy_importance": {"a": 1.0}, "populations": strata}
    certain = {name: {"units": 0.0, "views": 0.0} for name in ("x", "y")}
    for spreads, part in (({}, 1.0), (certain, 0.2)):
        sizes = SizeMeasure(**arguments, score_spread_totals=spreads).stratum_sizes()
        assert sizes == pytest.approx({"x": part * 0.5 * 0.25, "y": part * 0.5 * 0.75})


def test_a_single_view_in_the_day_is_the_share_of_its_stratum() -> None:
    strata = [_population("x", 100, {"a": 4.0}, views=1.0), _population("y", 300, {"a": 4.0})]
    shares = {"units": 0.5, "views": 0.5}
    arguments = {"uniform_share": 0.2, "measure_shares": shares, "policy_importance": {"a": 1.0}, "populations": strata}
    spreads = {"x": {"units": 10.0, "views": 0.1}, "y": {"units": 10.0, "views": 0.0}}
    exposure = {"x": 0.5 * 0.25 + 0.5, "y": 0.5 * 0.75}
    assert SizeMeasure(**arguments, score_spread_totals={}).stratum_sizes() == pytest.approx(exposure)
    # Score part: x (10/400 + 0.1)/2, y 10/400/2, so 5/6 and 1/6.
    sizes = SizeMeasure(**arguments, score_spread_totals=spreads).stratum_sizes()
    assert sizes == pytest.approx({"x": 0.8 * 5 / 6 + 0.2 * exposure["x"], "y": 0.8 / 6 + 0.2 * exposure["y"]})
