"""The Spark reductions: cells of the frame, pairs of verdicts, sums of the validation arm."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from lib.planning.day_plan import CLIMBING
from lib.planning.expected_error import expected_error
from lib.planning.experience import Experience
from lib.planning.inclusion import solve_thresholds
from lib.planning.label_model import ErrorRates, disagreement
from lib.planning.label_pairs import error_rates, label_pairs
from lib.planning.plan_model import PlanModel
from lib.planning.planned_frame import PlannedFrame, planned_frame
from lib.planning.validation_arm import validation_arm_sums
from tests.sampling.scored_units import design, draw, generated_rows, unit_scores

POLICIES = ("common", "rare", "new")
MEASURES = ("units", "views")
DESIGN: dict[str, Any] = {"strata": ["surface"], "sample_size": 120, "minimum_stratum_size": 10}
N_UNITS = 900


@pytest.fixture(scope="module")
def frame(_session: SparkSession) -> PlannedFrame:
    return planned(_session)


def planned(spark: SparkSession, **fields: Any) -> PlannedFrame:
    return planned_frame(
        unit_scores(spark, generated_rows(N_UNITS)),
        design=design(**DESIGN | fields),
        policies=POLICIES,
        measures=MEASURES,
        segments=["country"],
        climbing_rates=CLIMBING.error_rates,
        unscored=0.001,
    )


def test_cells_keep_the_totals_of_every_segment_and_policy(frame: PlannedFrame) -> None:
    units = pd.DataFrame(generated_rows(N_UNITS))
    assert {key[:2] for key in frame.cells.keys} == {("all", "all"), ("country", "FR"), ("country", "DE")}
    for policy in POLICIES:
        for segment, value, inside in (("all", "all", units), ("country", "DE", units[units["country"] == "DE"])):
            block = frame.cells.select(segment, value, policy)
            assert block.column("n_units").sum() == len(inside)
            assert block.column("exposure", "views").sum() == inside["viewed_pin_count"].sum()
            assert block.column("squares", "views").sum() == (inside["viewed_pin_count"] ** 2).sum()
    # A size measure sums to 1 in each of three strata.
    assert frame.cells.select("all", "all", "rare").column("size_measure").sum() == pytest.approx(3.0, rel=1e-6)
    assert frame.scored_policies == {"common", "rare"}
    assert (frame.sample_size, frame.smallest_budget) == (120, 30)
    assert frame.cells.select("all", "all", "new").column("score", "units").sum() == pytest.approx(0.001 * N_UNITS)


def test_scores_and_disagreement_are_those_of_the_units(frame: PlannedFrame) -> None:
    units = pd.DataFrame(generated_rows(N_UNITS))
    known = units["scores"].map(lambda scores: scores.get("common"))
    imputed = known.fillna(known.groupby(units["surface"]).transform("max")).to_numpy(dtype=float)
    views = units["viewed_pin_count"].to_numpy(dtype=float)
    block = frame.cells.select("all", "all", "common")
    assert block.column("score", "views").sum() == pytest.approx(imputed @ views)
    assert block.column("squares_score", "views").sum() == pytest.approx(imputed @ views**2)
    common_share = frame.policy_importance["common"] * disagreement(imputed, 0, CLIMBING.error_rates).sum()
    assert common_share < block.column("disagreement").sum() < common_share + N_UNITS


def test_the_planned_error_of_one_rung_is_that_of_the_units(spark: SparkSession, frame: PlannedFrame) -> None:
    drawn = draw(
        unit_scores(spark, generated_rows(N_UNITS)), policies=POLICIES, segments=["country"],
        **DESIGN | {"method": "poisson"},
    )  # fmt: skip
    thresholds = {row["stratum"]: row["threshold"] for row in drawn.frame}
    model = PlanModel(
        cells=frame.cells,
        policy_importance=frame.policy_importance,
        allocate=frame.allocate,
        smallest_budget=frame.smallest_budget,
        climbing=CLIMBING,
        rungs=("llm",),
        error_rates={policy: [] for policy in POLICIES},
        experience=Experience({}, {}),
    )
    found = solve_thresholds(model, (120.0,))
    # The draw's own thresholds come from another histogram of the same size measure.
    assert found.first == pytest.approx(thresholds, rel=0.02)
    error = expected_error(model, found, ("country", "DE", "common"), "units", estimator="difference")
    assert error is not None
    assert 0 < error.std_error < 1
    drawn.release()


def test_a_boost_raises_the_planned_sample(spark: SparkSession, frame: PlannedFrame) -> None:
    boost = {"name": "rare", "sample_size": 60, "policy_importance": {"rare": 1.0}}
    boosted = planned(spark, boosts=[boost])
    assert frame.sample_size < boosted.sample_size < frame.sample_size + 60
    assert sum(boosted.allocate(150).values()) == 150


def verdict(policy: str, unit: str, rung: str, text: str, q: float) -> Row:
    return Row(ds="2026-03-02", unit_id=unit, policy=policy, rung=rung, verdict=text, rung_probability=q)


LABELS = [
    verdict("a", "u1", "llm", "violating", 1.0), verdict("a", "u1", "human", "violating", 0.5),
    verdict("a", "u2", "llm", "not_violating", 1.0), verdict("a", "u2", "human", "violating", 0.25),
    verdict("a", "u3", "llm", "violating", 1.0), verdict("a", "u3", "human", "not_violating", 1.0),
    verdict("a", "u4", "llm", "cannot_tell", 1.0), verdict("a", "u4", "human", "violating", 1.0),
    verdict("a", "u5", "llm", "violating", 1.0),
]  # fmt: skip
SAMPLES = [
    Row(
        ds="2026-03-02", unit_id=f"u{i}", stratum="s", inclusion_probability=p, prn=prn,
        exposures={"units": 1.0, "views": views}, scores={"a": 0.5},
    )
    for i, p, prn, views in [
        (1, 0.5, 0.05, 2.0), (2, 0.4, 0.3, 0.0), (3, 0.2, 0.15, 1.0), (4, 0.5, 0.2, 3.0), (5, 1.0, 0.9, 4.0),
    ]
]  # fmt: skip


def test_verdict_pairs_are_weighted_by_the_upper_rung(spark: SparkSession) -> None:
    found = label_pairs(spark.createDataFrame(SAMPLES), spark.createDataFrame(LABELS), rungs=("llm", "human"))
    (row,) = found.collect()
    assert (row["policy"], row["rung"]) == ("a", "llm")
    # P: u1 0.25, u2 0.1, u3 0.2; u4 has no usable LLM verdict, u5 no human one.
    assert tuple(row[2:]) == pytest.approx((4.0, 10.0, 5.0, 0.0, 116.0, 25.0))
    assumed = ErrorRates(0.8, 0.99)
    rates = error_rates([row], policies=["a", "b"], rungs=("llm", "human"), assumed=assumed, prior_size=2.0)
    size = 14.0**2 / 116
    assert rates["a"][0].sensitivity == pytest.approx((size * 4 / 14 + 2 * 0.8) / (size + 2))
    assert rates["a"][0].specificity == pytest.approx((0 + 2 * 0.99) / 3)
    assert rates["b"] == [assumed]


def test_sums_of_the_validation_arm_by_hand(spark: SparkSession) -> None:
    strata = [
        Row(stratum="s", threshold=100.0, uniform_share=0.2, measure_shares={"units": 0.5, "views": 0.5},
            exposure_totals={"units": 50.0, "views": 100.0})
    ]  # fmt: skip
    found = validation_arm_sums(
        spark.createDataFrame(SAMPLES), spark.createDataFrame(LABELS), strata,
        policies=["a"], measures=["units"], rungs=("llm", "human"),
    )  # fmt: skip
    (row,) = found.collect()
    # p_A = 20 (0.5/50 + 0.5 x/100) = 0.2 + 0.1 views, at most p.
    arm = np.array([0.4, 0.2, 0.2, 0.5, 0.6])
    p = np.array([0.5, 0.4, 0.2, 0.5, 1.0])
    # u1 1 + 0/0.5; u2 0 + 1/0.25; u3 1 - 1/1; u4 the score 0.5, then 1 - 0.5; u5 1.
    v = np.array([1.0, 4.0, 0.0, 1.0, 1.0])
    in_arm = np.array([0.05, 0.3, 0.15, 0.2, 0.9]) < arm
    terms = v**2 * (1 / arm - 1 / p) / p
    assert row["total"] == pytest.approx((v / p).sum())
    assert row["arm_total"] == pytest.approx((v / arm)[in_arm].sum())
    assert row["variance"] == pytest.approx(terms.sum())
    assert row["sum_squared_terms"] == pytest.approx((terms**2).sum())
    assert row["exposure_total"] == 50.0


def test_a_stratum_that_was_taken_whole_cannot_differ(spark: SparkSession) -> None:
    strata = [
        Row(stratum="s", threshold=None, uniform_share=0.2, measure_shares={"units": 0.5, "views": 0.5},
            exposure_totals={"units": 5.0, "views": 10.0})
    ]  # fmt: skip
    schema = "stratum string, threshold double, uniform_share double, measure_shares map<string,double>, "
    rows = spark.createDataFrame(strata, schema + "exposure_totals map<string,double>").collect()
    samples = spark.createDataFrame(SAMPLES).withColumn("inclusion_probability", F.lit(1.0))
    found = validation_arm_sums(
        samples, spark.createDataFrame(LABELS), rows, policies=["a"], measures=["units"], rungs=("llm", "human")
    )
    (row,) = found.collect()
    assert (row["variance"], row["arm_total"]) == (0.0, row["total"])
    assert math.isfinite(row["total"])
