"""What every rule of a design does to a draw, that engine settings change nothing, and that nothing big is shuffled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from pyspark.sql import DataFrame, SparkSession

from lib.sampling.draw import Draw
from tests.sampling.scored_units import design, draw, generated_rows, unit_scores

POLICIES = ["common", "rare"]
N_UNITS = 400
EVERYTHING: dict[str, Any] = {
    "strata": ["surface"],
    "sample_size": 80,
    "minimum_stratum_size": 5,
    "allocation": "compromise",
    "policy_importance": "minimax_relative_error",
    "boosts": [{"name": "rare", "sample_size": 30, "policy_importance": {"rare": 1.0}}],
}
# The tests' session interprets and does not adapt (conf/small.yaml); a cluster compiles and adapts.
ENGINES = {
    "compiled": {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "CODEGEN_ONLY"},
    "adaptive": {"spark.sql.adaptive.enabled": "true", "spark.sql.shuffle.partitions": "5"},
    # A population in one partition needs no exchange: files are cut small to see the exchanges.
    "many_partitions": {
        "spark.sql.files.maxPartitionBytes": "2000",
        "spark.sql.shuffle.partitions": "3",
        "spark.sql.maxPlanStringLength": "1000000",
    },
}


def _units(spark: SparkSession) -> DataFrame:
    return unit_scores(spark, [{"unit_id": f"u{i:03d}"} | row for i, row in enumerate(generated_rows(N_UNITS))])


def _result(drawn: Draw) -> tuple[Any, Any]:
    result = drawn.units.orderBy("unit_id").collect(), drawn.frame
    drawn.release()
    return result


@pytest.fixture(scope="module")
def everything(_session: SparkSession) -> tuple[Any, Any]:
    return _result(draw(_units(_session).repartition(1), policies=POLICIES, **EVERYTHING))


@pytest.fixture
def engine(spark: SparkSession, request: pytest.FixtureRequest) -> Iterator[SparkSession]:
    before = {name: spark.conf.get(name) for name in ENGINES[request.param]}
    for name, value in ENGINES[request.param].items():
        spark.conf.set(name, value)
    yield spark
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.mark.parametrize("engine", ["compiled", "adaptive"], indirect=True)
def test_another_engine_draws_the_same(engine: SparkSession, everything: tuple[Any, Any]) -> None:
    assert _result(draw(_units(engine).repartition(3), policies=POLICIES, **EVERYTHING)) == everything


def test_all_rules_together_keep_the_budget_and_the_bounds(everything: tuple[Any, Any]) -> None:
    units, frame = everything
    assert sum(row["target_sample_size"] for row in frame) == 80
    assert all(row["target_sample_size"] >= 5 for row in frame)
    assert 80 <= len(units) < 110
    for row in frame:
        own = [unit for unit in units if unit["stratum"] == row["stratum"]]
        for measure, bound in row["weight_bounds"].items():
            assert max(unit["exposures"][measure] / unit["inclusion_probability"] for unit in own) <= bound * (
                1 + 1e-12
            )


@pytest.mark.parametrize("engine", ["many_partitions"], indirect=True)
def test_the_population_is_never_sorted_and_only_small_sums_are_exchanged(
    engine: SparkSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _units(engine).write.parquet(str(tmp_path / "units"))
    units = engine.read.parquet(str(tmp_path / "units"))
    plans = []
    collect = type(units).collect

    def recorded(frame: DataFrame) -> Any:
        plans.append(frame._jdf.queryExecution().executedPlan().toString().split("== Initial Plan ==")[-1])
        return collect(frame)

    monkeypatch.setattr(type(units), "collect", recorded)
    drawn = draw(units, policies=POLICIES, **EVERYTHING)
    plans.append(drawn.units._jdf.queryExecution().executedPlan().toString())
    # Cells, spreads twice, pilot, two profiles, candidates, thresholds, drawn sizes, and the units themselves.
    assert len(plans) == 10
    n_exchanges = 0
    for plan in plans:
        lines = plan.splitlines()
        # What stands above the frame of candidates works on those few; all that is below it reads the population.
        below = max((i for i, line in enumerate(lines) if "InMemoryRelation" in line), default=0)
        for line, following in zip(lines[below:], [*lines[below + 1 :], ""], strict=True):
            assert "Sort" not in line
            assert "Window" not in line
            # A function over a map's entries is not compiled: per unit it would cost more than all the rest.
            assert "lambdafunction" not in line
            if "Exchange" in line:
                n_exchanges += 1
                assert "partial_" in following, plan
    assert n_exchanges == 5  # cells, spreads twice, two profiles
    drawn.release()


@pytest.mark.parametrize("allocation", ["proportional", "equal", "size_measure", "neyman", "compromise"])
def test_every_allocation_gives_the_whole_budget(spark: SparkSession, allocation: str) -> None:
    fields = {"strata": ["surface"], "sample_size": 90, "minimum_stratum_size": 10, "allocation": allocation}
    drawn = draw(_units(spark), policies=["common"], **fields)
    sizes = {row["stratum"]: row["sample_size"] for row in drawn.frame}
    assert sum(sizes.values()) == 90
    if allocation == "neyman":
        assert sizes["feed"] == 10  # every score is 0 or 1 there: nothing is expected to vary, up to missing scores
        assert sizes["search"] > sizes["home"] > 10
    if allocation == "compromise":  # one policy, two measures
        assert sizes["search"] > sizes["home"] > sizes["feed"]


def test_the_smallest_worst_error_weighs_the_rarer_policy_more(spark: SparkSession) -> None:
    units = _units(spark).where("surface = 'search'")
    by_rule = {
        rule: draw(units, policies=["common", "rare"], sample_size=60, policy_importance=rule).frame[0]
        for rule in ("inverse_square_prevalence", "minimax_relative_error")
    }
    shares = {rule: frame["policy_importance"]["rare"] for rule, frame in by_rule.items()}
    assert 0.5 < shares["inverse_square_prevalence"] < shares["minimax_relative_error"] <= 1
    # Without any score there is nothing to search in.
    unscored = unit_scores(spark, [{"viewed_pin_count": i} for i in range(20)])
    frame = draw(unscored, policies=["a", "b"], sample_size=5, policy_importance="minimax_relative_error").frame
    assert frame[0]["policy_importance"] == {"a": 0.5, "b": 0.5}


def test_a_stratum_taken_whole_is_bounded_by_its_largest_exposure(spark: SparkSession) -> None:
    rows = [{"viewed_pin_count": views, "scores": {"a": 0.1}} for views in (0, 3, 9)]
    (row,) = draw(unit_scores(spark, rows), policies=["a"], sample_size=3).frame
    assert row["weight_bounds"] == {"units": 1.0, "views": 9.0}
    assert row["draws"][0][4:6] == (None, None)


def _people(spark: SparkSession, *, day: str) -> DataFrame:
    rows = [
        {"unit_id": f"{day}{i}", "user_key": None if i % 50 == 0 else f"p{i % 60}", "viewed_pin_count": i % 4}
        for i in range(600)
    ]
    return unit_scores(spark, rows)


PEOPLE: dict[str, Any] = {
    "method": "poisson",
    "sample_size": 200,
    "uniform_share": 1,
    "measure_shares": {"units": 1},
    "random_number_key": "user_key",
}


def test_people_are_drawn_whole_and_the_same_ones_every_day(spark: SparkSession) -> None:
    drawn = {}
    for day in ("a", "b"):
        units = draw(_people(spark, day=day), policies=["x"], **PEOPLE)
        assert units.frame[0]["random_number_key"] == "user_key"
        rows = units.units.collect()
        assert [row["inclusion_probability"] for row in rows] == pytest.approx([200 / 600] * len(rows))
        drawn[day] = {row["unit_id"] for row in rows}
    everybody = {f"{i}": i for i in range(600) if i % 50}
    people = {i % 60 for name, i in everybody.items() if f"a{name}" in drawn["a"]}
    whole = {name for name, i in everybody.items() if i % 60 in people}
    for day in ("a", "b"):
        assert {unit[1:] for unit in drawn[day] if unit[1:] in everybody} == whole
    assert 8 < len(people) < 34  # 60 people with probability 1/3
    # Units of nobody in particular have a number of their own.
    assert 0 < len([unit for unit in drawn["a"] if unit[1:] not in everybody]) < 12


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (PEOPLE | {"method": "bottom_k"}, "`random_number_key` is `user_key`, which needs `method: poisson`"),
        (PEOPLE | {"strata": ["surface"], "uniform_share": 0.2}, "needs `strata: \\[\\]`, `uniform_share: 1`"),
        ({"boosts": [{"name": "main", "sample_size": 1, "policy_importance": {"a": 1}}]}, "must differ"),
    ],
)
def test_a_design_that_cannot_be_drawn_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        design(**({"sample_size": 10} | fields))


def test_missing_scores_never_lower_a_units_chance(spark: SparkSession) -> None:
    rows = [{"viewed_pin_count": 1, "scores": {} if i % 7 == 0 else {"a": i / 200}} for i in range(100)]
    drawn = draw(unit_scores(spark, rows), policies=["a"], sample_size=100, policy_importance={"a": 1.0})
    sizes = {int(row["unit_id"][1:]): row["size_measure"] for row in drawn.units.collect()}
    missing, known = [sizes[i] for i in range(100) if i % 7 == 0], [sizes[i] for i in range(100) if i % 7]
    assert np.ptp(missing) == 0
    assert missing[0] == max(known)
