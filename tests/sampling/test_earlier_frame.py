"""Units drawn by an earlier frame: the same bits as the draw that made it, and unbiased on a day it never saw."""

from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lib.sampling.draw import Draw
from lib.sampling.earlier_frame import EarlierFrame
from lib.sampling.selection import size_column
from schemas import sampling_frame
from tests.sampling.scored_units import design, draw, generated_rows, unit_scores

POLICIES = ["common", "new", "rare"]
SEGMENTS = ["surface", "country"]
DESIGN: dict[str, Any] = {"strata": ["surface"], "sample_size": 80, "method": "poisson"}
BOOSTED = DESIGN | {"boosts": [{"name": "rare", "sample_size": 30, "policy_importance": {"rare": 1.0}}]}


def _stored(spark: SparkSession, drawn: Draw) -> EarlierFrame:
    fields = [f for f in sampling_frame.TABLE.schema().fields if f.name in drawn.frame[0]]
    rows = [tuple(row[f.name] for f in fields) for row in drawn.frame]
    return EarlierFrame.of(spark.createDataFrame(rows, StructType(fields)))


def _by_frame(frame: EarlierFrame, units: DataFrame, **fields: Any) -> DataFrame:
    asked = design(**fields)
    return frame.drawn(frame.sized(units, design=asked, segments=SEGMENTS), design=asked, segments=SEGMENTS)


@pytest.mark.parametrize(
    "fields", [DESIGN, BOOSTED, DESIGN | {"maximum_groups": 2}], ids=["plain", "boosted", "pooled"]
)
def test_the_units_of_its_own_day_are_drawn_bit_by_bit_as_they_were(
    spark: SparkSession, fields: dict[str, Any]
) -> None:
    units = unit_scores(spark, generated_rows(400))
    whole_day = draw(units, policies=POLICIES, segments=SEGMENTS, **fields)
    one_by_one = _by_frame(_stored(spark, whole_day), units.repartition(5), **fields)
    assert one_by_one.orderBy("unit_id").collect() == whole_day.units.orderBy("unit_id").collect()


def test_a_bottom_k_frame_draws_its_own_units_again_with_the_probabilities_they_had(spark: SparkSession) -> None:
    units = unit_scores(spark, generated_rows(400))
    fields = DESIGN | {"method": "bottom_k"}
    whole_day = draw(units, policies=POLICIES, segments=SEGMENTS, **fields)
    names = ("unit_id", "prn", "inclusion_probability")
    one_by_one = _by_frame(_stored(spark, whole_day), units, **fields).select(*names)
    assert sorted(one_by_one.collect()) == sorted(whole_day.units.select(*names).collect())


def test_estimates_of_a_day_that_the_frame_never_saw_are_unbiased(spark: SparkSession) -> None:
    """Over 4,000 sets of random numbers the mean of Σ y/p is Σ y, within four standard errors, with the exact p."""
    first_day = draw(unit_scores(spark, generated_rows(400)), policies=POLICIES, segments=SEGMENTS, **DESIGN)
    frame = _stored(spark, first_day)
    # Three times as many units, other scores, many more views.
    busier = [row | {"viewed_pin_count": 4 * row["viewed_pin_count"] + 1} for row in generated_rows(1600)[400:]]
    sized = frame.sized(unit_scores(spark, busier), design=design(**DESIGN), segments=SEGMENTS)
    rows = sized.select("stratum", F.col(size_column("main")).alias("w"), "viewed_pin_count").collect()
    threshold = {name: t.inside for name, t in frame.thresholds["main"].items()}
    p = np.array([min(1.0, row["w"] * threshold[row["stratum"]]) for row in rows])
    random = np.random.default_rng(4)
    y = (random.random(p.size) < 0.1) * np.array([row["viewed_pin_count"] for row in rows])
    taken = random.random((4_000, p.size)) < p
    estimates = (taken * (y / p)).sum(axis=1)
    true_variance = float((y**2 * (1 / p - 1)).sum())
    assert abs(estimates.mean() - y.sum()) < 4 * np.sqrt(true_variance / estimates.size)
    assert estimates.var() == pytest.approx(true_variance, rel=0.1)
    # The budget is not kept: three times the units, about three times the sample.
    assert taken.sum(axis=1).mean() == pytest.approx(p.sum(), rel=0.01)
    assert p.sum() > 2 * 80


def test_what_the_frame_cannot_place_is_not_drawn_and_what_it_pooled_is_other(spark: SparkSession) -> None:
    rows = [row | {"surface": "search"} for row in generated_rows(40)]
    known = _stored(spark, draw(unit_scores(spark, rows), policies=POLICIES, **DESIGN | {"sample_size": 40}))
    newcomers = unit_scores(spark, [{"surface": "never_seen", "viewed_pin_count": 50}])
    assert _by_frame(known, newcomers, **DESIGN).count() == 0
    assert known.sized(newcomers, design=design(**DESIGN), segments=[]).select(size_column("main")).collect() == [
        (None,)
    ]

    few_groups = DESIGN | {"maximum_groups": 2, "sample_size": 400}
    pooled = _stored(spark, draw(unit_scores(spark, generated_rows(400)), policies=POLICIES, **few_groups))
    (taken,) = _by_frame(pooled, newcomers, **few_groups).collect()
    assert (taken["stratum"], taken["inclusion_probability"]) == ("other", 1.0)
