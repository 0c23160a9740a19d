"""Threshold sampling against the definition in numpy: which units, which threshold, which probability."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.sampling.selection import PlannedDraw, Selection, Thresholds, bottom_k, permanent_random_number, poisson
from tests.sampling.planned_draws import planned_draws

SEED = 7
# huge: three units hold all but 1e-6 of the size measure. short has fewer units than its budget.
SAMPLE_SIZES = {"even": 50, "huge": 40, "short": 9, "whole": 6}
POPULATION_SIZES = {"even": 400, "huge": 300, "short": 5, "whole": 6}
N_HUGE = 3
Monkeypatch = pytest.MonkeyPatch
Drawn = dict[str, tuple[str, float, float, float]]


@dataclass(frozen=True)
class Stratum:
    """A stratum's units as arrays, ordered by unit_id."""

    unit_id: npt.NDArray[np.str_]
    prn: npt.NDArray[np.float64]
    size_measure: npt.NDArray[np.float64]

    @property
    def rank(self) -> npt.NDArray[np.float64]:
        return self.prn / self.size_measure


@dataclass(frozen=True)
class Draws:
    """The population, and what each design drew of it: in order in one partition, and shuffled in seven."""

    strata: dict[str, Stratum]
    bottom_k: Drawn
    bottom_k_thresholds: dict[str, float | None]
    poisson: Drawn
    poisson_thresholds: dict[str, float | None]
    shuffled: dict[str, tuple[Drawn, dict[str, float | None]]]


def _size_measures() -> dict[str, npt.NDArray[np.float64]]:
    random = np.random.default_rng(1)
    sizes = {name: random.lognormal(0, 1, size) for name, size in POPULATION_SIZES.items()}
    sizes["huge"] = np.ones(POPULATION_SIZES["huge"])
    sizes["huge"][:N_HUGE] = 1e8
    return {name: values / values.sum() for name, values in sizes.items()}


def _population(spark: SparkSession) -> DataFrame:
    rows = [
        (f"{name}{i:04d}", name, float(size))
        for name, sizes in _size_measures().items()
        for i, size in enumerate(sizes)
    ]
    return spark.createDataFrame(rows, "unit_id string, stratum string, main double")


def _collected(selection: Selection) -> Drawn:
    size_measure = F.col("size_measures")["main"].alias("size_measure")
    rows = selection.units.select("unit_id", "stratum", "prn", size_measure, "inclusion_probability").collect()
    return {row[0]: tuple(row[1:]) for row in rows}


def _thresholds(selection: Selection) -> dict[str, float]:
    assert list(selection.thresholds) == ["main"]
    return {name: threshold.inside for name, threshold in selection.thresholds["main"].items()}


def _planned(population: DataFrame) -> tuple[DataFrame, list[PlannedDraw]]:
    return planned_draws(population, {"main": SAMPLE_SIZES})


@pytest.fixture(scope="module")
def draws(_session: SparkSession) -> Draws:
    population = _population(_session)
    in_order = _planned(population.repartition(1).sortWithinPartitions("unit_id"))
    shuffled = _planned(population.orderBy(F.col("unit_id").desc()).repartition(7))
    first, second = bottom_k(*in_order, seed=SEED), poisson(*in_order, seed=SEED)
    again = {"bottom_k": bottom_k(*shuffled, seed=SEED), "poisson": poisson(*shuffled, seed=SEED)}
    rows = population.withColumn("prn", permanent_random_number(SEED)).orderBy("unit_id").collect()
    of = {name: [row for row in rows if row["stratum"] == name] for name in POPULATION_SIZES}
    columns = ("unit_id", "prn", "main")
    strata = {name: Stratum(*(np.array([row[c] for row in own]) for c in columns)) for name, own in of.items()}
    return Draws(
        strata=strata,
        bottom_k=_collected(first),
        bottom_k_thresholds=_thresholds(first),
        poisson=_collected(second),
        poisson_thresholds=_thresholds(second),
        shuffled={name: (_collected(draw), _thresholds(draw)) for name, draw in again.items()},
    )


@pytest.mark.parametrize("name", ["even", "huge"])
def test_bottom_k_takes_the_n_smallest_ranks_and_the_next_is_the_threshold(draws: Draws, name: str) -> None:
    stratum, n = draws.strata[name], SAMPLE_SIZES[name]
    order = np.argsort(stratum.rank, kind="stable")
    taken = {unit for unit, row in draws.bottom_k.items() if row[0] == name}
    assert taken == set(stratum.unit_id[order[:n]])
    assert draws.bottom_k_thresholds[name] == stratum.rank[order[n]]


@pytest.mark.parametrize("name", ["even", "huge"])
def test_bottom_k_probability_is_the_size_measure_times_the_threshold(draws: Draws, name: str) -> None:
    stratum, threshold = draws.strata[name], draws.bottom_k_thresholds[name]
    expected = dict(zip(stratum.unit_id, np.minimum(1.0, stratum.size_measure * threshold), strict=True))
    drawn = {unit: row[3] for unit, row in draws.bottom_k.items() if row[0] == name}
    assert drawn == {unit: expected[unit] for unit in drawn}
    certain = [f"huge{i:04d}" for i in range(N_HUGE)]
    assert name != "huge" or [drawn[unit] for unit in certain] == [1.0] * N_HUGE


@pytest.mark.parametrize("name", ["short", "whole"])
@pytest.mark.parametrize("design", ["bottom_k", "poisson"])
def test_a_stratum_within_its_budget_is_taken_whole_with_certainty(draws: Draws, design: str, name: str) -> None:
    drawn = {unit: row[3] for unit, row in getattr(draws, design).items() if row[0] == name}
    assert drawn == dict.fromkeys(draws.strata[name].unit_id, 1.0)
    assert getattr(draws, f"{design}_thresholds")[name] == math.inf


def test_one_look_at_the_ranks_is_enough_whatever_the_sizes(spark: SparkSession, monkeypatch: Monkeypatch) -> None:
    monkeypatch.setattr("lib.sampling.selection._LONGEST_SEARCH", 1)
    selection = bottom_k(*_planned(_population(spark)), seed=SEED)
    drawn = {row["stratum"]: row["count"] for row in selection.units.groupBy("stratum").count().collect()}
    assert drawn == {name: min(n, POPULATION_SIZES[name]) for name, n in SAMPLE_SIZES.items()}


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_too_few_candidates_are_made_up_for(
    spark: SparkSession, draws: Draws, monkeypatch: Monkeypatch, share: float
) -> None:
    monkeypatch.setattr("lib.sampling.selection._wanted", lambda n: n * share)
    selection = bottom_k(*_planned(_population(spark)), seed=SEED)
    assert (_collected(selection), _thresholds(selection)) == (draws.bottom_k, draws.bottom_k_thresholds)


def test_a_size_measure_of_zero_is_refused_with_its_stratum(spark: SparkSession, monkeypatch: Monkeypatch) -> None:
    units, plans = _planned(_population(spark))
    monkeypatch.setattr("lib.sampling.selection._LONGEST_SEARCH", 2)
    without_ranks = units.withColumn("size_measure|main", F.lit(None).cast("double"))
    with pytest.raises(ArithmeticError, match="even"):
        bottom_k(without_ranks, plans, seed=SEED)


@pytest.mark.parametrize("name", ["even", "huge"])
def test_poisson_probabilities_sum_to_the_budget_and_decide_who_is_taken(draws: Draws, name: str) -> None:
    stratum = draws.strata[name]
    probability = np.minimum(1.0, stratum.size_measure * draws.poisson_thresholds[name])
    assert probability.sum() == pytest.approx(SAMPLE_SIZES[name], rel=1e-3)
    taken = stratum.prn < probability
    expected = dict(zip(stratum.unit_id[taken], probability[taken], strict=True))
    assert {unit: row[3] for unit, row in draws.poisson.items() if row[0] == name} == expected
    if name == "huge":
        assert list(probability[:N_HUGE]) == [1.0] * N_HUGE
        assert probability[N_HUGE:] == pytest.approx((SAMPLE_SIZES[name] - N_HUGE) / (300 - N_HUGE), rel=1e-3)


@pytest.mark.parametrize("design", ["bottom_k", "poisson"])
def test_partitions_and_order_of_the_input_do_not_change_a_bit(draws: Draws, design: str) -> None:
    assert draws.shuffled[design] == (getattr(draws, design), getattr(draws, f"{design}_thresholds"))


def test_tied_ranks_are_settled_by_unit_id(spark: SparkSession) -> None:
    units = spark.range(30).select(F.format_string("u%02d", "id").alias("unit_id"), F.lit("all").alias("stratum"))
    # A size measure equal to the random number: every rank is exactly 1.
    tied = units.withColumn("main", permanent_random_number(SEED)).repartition(3)
    selection = bottom_k(*planned_draws(tied, {"main": {"all": 4}}), seed=SEED)
    rows = selection.units.orderBy("unit_id").collect()
    assert [row["unit_id"] for row in rows] == ["u00", "u01", "u02", "u03"]
    assert selection.thresholds == {"main": {"all": Thresholds(inside=1.0, outside=1.0)}}
    assert [row["inclusion_probability"] for row in rows] == [row["prn"] for row in rows]


def test_permanent_random_numbers_are_uniform_repeatable_and_independent_between_streams(spark: SparkSession) -> None:
    streams = {
        "first": permanent_random_number(1),
        "again": permanent_random_number(1),
        "other_seed": permanent_random_number(2),
        "second_stream": permanent_random_number(1, "/human"),
        "third_stream": permanent_random_number(1, "/gold"),
    }
    units = spark.range(10_000).select(F.concat(F.lit("u"), F.col("id")).alias("unit_id"))
    columns = [column.alias(name) for name, column in streams.items()]
    first, again, *others = np.array(units.select(*columns).collect()).T
    assert np.array_equal(first, again)
    for numbers in (first, *others):
        assert np.all((numbers > 0) & (numbers < 1))
        counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
        assert np.sum((counts - 500) ** 2 / 500) < 60  # χ² with 19 degrees of freedom: P(> 60) = 4e-6
    correlation = np.corrcoef([first, *others])
    assert np.abs(correlation[np.triu_indices(4, 1)]).max() < 0.045  # 4.5 standard deviations
    # Independent, not only uncorrelated: all eight corners of the cube of the three rungs are as full.
    corners = np.array([first, others[1], others[2]]) < 0.5
    counts = np.bincount(corners.T @ [1, 2, 4], minlength=8)
    assert np.sum((counts - 1250) ** 2 / 1250) < 45  # χ² with 7 degrees of freedom: P(> 45) = 1e-7
