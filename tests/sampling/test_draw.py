"""A whole draw: its columns, its frame, its bounds, and that partitions do not change a bit of it."""

from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from lib.sampling.draw import FrameTotals
from schemas import sampling_frame
from tests.sampling.scored_units import draw, generated_rows, unit_scores

POLICIES = ["common", "rare", "new"]
SEGMENTS = ["surface", "country"]
N_UNITS = 400
Result = tuple[list[Row], list[dict[str, Any]]]


def _drawn(spark: SparkSession, method: str, *, n_partitions: int, is_reversed: bool = False) -> Result:
    rows = [{"unit_id": f"u{i:03d}"} | row for i, row in enumerate(generated_rows(N_UNITS))]
    units = unit_scores(spark, rows[::-1] if is_reversed else rows).repartition(n_partitions)
    result = draw(units, policies=POLICIES, segments=SEGMENTS, strata=["surface"], sample_size=80, method=method)
    return result.units.orderBy("unit_id").collect(), result.frame


@pytest.fixture(scope="module")
def draws(_session: SparkSession) -> dict[str, Result]:
    return {method: _drawn(_session, method, n_partitions=1) for method in ("bottom_k", "poisson")}


@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
def test_partitions_and_order_change_no_bit_of_units_and_frame(
    spark: SparkSession, draws: dict[str, Result], method: str
) -> None:
    assert _drawn(spark, method, n_partitions=7, is_reversed=True) == draws[method]


def test_bottom_k_draws_the_budget_of_every_stratum(draws: dict[str, Result]) -> None:
    units, frame = draws["bottom_k"]
    assert len(units) == sum(stratum["target_sample_size"] for stratum in frame) == 80
    for stratum in frame:
        of_stratum = [unit for unit in units if unit["stratum"] == stratum["stratum"]]
        assert len(of_stratum) == stratum["sample_size"] == stratum["target_sample_size"]
        expected = [min(1.0, unit["size_measure"] * stratum["threshold"]) for unit in of_stratum]
        assert [unit["inclusion_probability"] for unit in of_stratum] == expected
    assert len({unit["unit_id"] for unit in units}) == 80
    assert {unit["design_id"] for unit in units} == {"weekly_v3"}


def test_poisson_counts_what_it_drew(draws: dict[str, Result]) -> None:
    units, frame = draws["poisson"]
    assert sum(stratum["target_sample_size"] for stratum in frame) == 80
    assert {s["stratum"]: s["sample_size"] for s in frame} == {
        name: sum(unit["stratum"] == name for unit in units) for name in ("feed", "home", "search")
    }
    assert all(unit["prn"] < unit["inclusion_probability"] for unit in units)


@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
def test_no_weight_exceeds_the_bound_of_the_defensive_mixture(draws: dict[str, Result], method: str) -> None:
    units, frame = draws[method]
    for stratum in frame:
        totals, threshold = stratum["exposure_totals"], stratum["threshold"]
        bounds = stratum["weight_bounds"]
        # δ w >= m, so x/w <= X/(δ β): what the design promises before anything is known of the scores.
        outside = stratum["draws"][0][5]
        assert all(bounds[m] <= max(totals[m] / (0.2 * 0.5 * outside), 30) for m in totals)
        for unit in (unit for unit in units if unit["stratum"] == stratum["stratum"]):
            x = unit["exposures"]
            by_exposure = min(1.0, threshold * (0.5 / totals["units"] + 0.5 * x["views"] / totals["views"]))
            for measure in ("units", "views"):
                weight = x[measure] / unit["inclusion_probability"]
                assert weight <= x[measure] / by_exposure / stratum["uniform_share"] * (1 + 1e-9)
                assert weight <= bounds[measure] * (1 + 1e-12)


def test_the_frame_knows_the_population(draws: dict[str, Result]) -> None:
    rows = generated_rows(N_UNITS)
    for stratum in draws["bottom_k"][1]:
        own = [row for row in rows if row["surface"] == stratum["stratum"]]
        highest = {
            policy: max(row["scores"][policy] for row in own if policy in row["scores"])
            for policy in ("common", "rare")
            if any(policy in row["scores"] for row in own)
        }
        assert stratum["population_size"] == len(own)
        views = sum(row["viewed_pin_count"] for row in own)
        assert stratum["exposure_totals"] == {"units": len(own), "views": views}
        missing = {policy: sum(policy not in row["scores"] for row in own) for policy in POLICIES}
        assert stratum["n_missing_scores"] == missing
        assert stratum["score_totals"]["units"] == pytest.approx(
            {k: sum(row["scores"].get(k, top) for row in own) for k, top in highest.items()}, abs=1e-6
        )
        assert stratum["score_totals"]["views"] == pytest.approx(
            {k: sum(row["viewed_pin_count"] * row["scores"].get(k, top) for row in own) for k, top in highest.items()},
            abs=1e-6,
        )
    assert [set(s["score_totals"]["units"]) for s in draws["bottom_k"][1]] == [
        {"common"},
        {"common"},
        {"common", "rare"},
    ]


def test_segment_totals_add_up_to_the_stratum(draws: dict[str, Result]) -> None:
    for stratum in draws["bottom_k"][1]:
        for segment in ("all", *SEGMENTS):
            for measure in ("units", "views"):
                parts = [part for part in stratum["segment_totals"] if part[0] == segment and part[2] == measure]
                assert sum(part[3] for part in parts) == stratum["population_size"]
                assert sum(part[4] for part in parts) == stratum["exposure_totals"][measure]
                for policy, total in stratum["score_totals"][measure].items():
                    assert sum(part[5][policy] for part in parts) == pytest.approx(total, rel=1e-12)
    values = {part[:2] for part in draws["bottom_k"][1][0]["segment_totals"]}
    assert values == {("all", "all"), ("surface", "feed"), ("country", "DE"), ("country", "FR")}


def test_units_carry_what_estimation_needs(draws: dict[str, Result]) -> None:
    for unit in draws["bottom_k"][0]:
        row = generated_rows(N_UNITS)[int(unit["unit_id"][1:])]
        assert unit["exposures"] == {"units": 1.0, "views": float(row["viewed_pin_count"])}
        assert unit["segments"] == {"surface": row["surface"], "country": row["country"]}
        assert {k: unit["scores"][k] for k in row["scores"]} == row["scores"]  # scores that are there stay


def test_the_stored_frame_gives_the_day_back(spark: SparkSession, draws: dict[str, Result]) -> None:
    frame = draws["bottom_k"][1]
    schema = sampling_frame.TABLE.schema()
    fields = [field for field in schema.fields if field.name in frame[0]]
    stored = spark.createDataFrame([tuple(row[f.name] for f in fields) for row in frame], type(schema)(fields))
    totals = FrameTotals.of(stored.orderBy(F.col("stratum").desc()))
    views = sum(row["viewed_pin_count"] for row in generated_rows(N_UNITS))
    assert totals.exposure_totals == {"units": float(N_UNITS), "views": float(views)}
    assert totals.policy_importance == frame[0]["policy_importance"]
    assert sum(totals.policy_importance.values()) == pytest.approx(1)


@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
def test_a_day_with_fewer_units_than_the_budget_is_taken_whole(spark: SparkSession, method: str) -> None:
    drawn = draw(unit_scores(spark, generated_rows(10)), policies=POLICIES, sample_size=11, method=method)
    assert [unit["inclusion_probability"] for unit in drawn.units.collect()] == [1.0] * 10
    assert [(row["target_sample_size"], row["sample_size"], row["threshold"]) for row in drawn.frame] == [
        (10, 10, None)
    ]
