"""Unbiasedness of both designs by redrawing: each stratum of one draw is a sample of its own of the same population."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.sampling.selection import Selection, bottom_k, poisson
from tests.sampling.planned_draws import planned_draws

FloatArray = npt.NDArray[np.float64]
N_REPLICATES = 200
POPULATION_SIZE = 600
SAMPLE_SIZE = 150


@dataclass(frozen=True)
class Replicates:
    """Estimates of one total, one entry a replicate: with our p, with the textbook's, and the estimated variance."""

    estimate: FloatArray
    textbook_estimate: FloatArray
    variance: FloatArray
    sizes: FloatArray


def _units() -> tuple[FloatArray, FloatArray]:
    """Size measure (sum 1) and outcome; a tenth of the units is ten times as large as the others."""
    random = np.random.default_rng(3)
    size_measure = random.lognormal(0, 0.4, POPULATION_SIZE)
    size_measure[::10] *= 10
    outcome = random.random(POPULATION_SIZE) < 0.3
    return size_measure / size_measure.sum(), outcome.astype(float)


def _replicates(selection: Selection, size_measure: FloatArray, outcome: FloatArray) -> Replicates:
    rows = selection.units.select("replicate", "unit", "inclusion_probability").collect()
    replicate, unit, probability = np.array([tuple(row) for row in rows]).T
    replicate, unit = replicate.astype(int), unit.astype(int)
    y = outcome[unit]

    def by_replicate(values: FloatArray) -> FloatArray:
        return np.bincount(replicate, weights=values, minlength=N_REPLICATES)

    return Replicates(
        estimate=by_replicate(y / probability),
        textbook_estimate=by_replicate(y / (SAMPLE_SIZE * size_measure[unit])),
        variance=by_replicate(y**2 * (1 / probability - 1) / probability),
        sizes=by_replicate(np.ones_like(y)),
    )


@pytest.fixture(scope="module")
def replicates(_session: SparkSession) -> dict[str, Replicates]:
    size_measure, outcome = _units()
    sizes = _session.createDataFrame(list(enumerate(size_measure.tolist())), "unit int, main double")
    strata = [f"r{i}" for i in range(N_REPLICATES)]
    replicate = _session.range(N_REPLICATES).select(F.col("id").cast("int").alias("replicate"))
    # The random number hashes the unit_id: with the replicate in it, every stratum is an independent draw.
    population = sizes.crossJoin(F.broadcast(replicate)).select(
        "unit",
        "replicate",
        "main",
        F.concat(F.lit("r"), "replicate").alias("stratum"),
        F.concat_ws("-", "replicate", "unit").alias("unit_id"),
    )
    population = population.persist()
    planned = planned_draws(population, {"main": dict.fromkeys(strata, SAMPLE_SIZE)})
    drawn = {draw.__name__: draw(*planned, seed=11) for draw in (bottom_k, poisson)}
    result = {name: _replicates(selection, size_measure, outcome) for name, selection in drawn.items()}
    population.unpersist()
    return result


def _deviation(estimates: FloatArray) -> float:
    """Distance of the mean estimate from the true total, in simulation standard errors."""
    truth = _units()[1].sum()
    return float((estimates.mean() - truth) / (estimates.std(ddof=1) / np.sqrt(N_REPLICATES)))


@pytest.mark.parametrize("design", ["bottom_k", "poisson"])
def test_the_mean_estimate_is_the_truth(replicates: dict[str, Replicates], design: str) -> None:
    assert abs(_deviation(replicates[design].estimate)) < 4


def test_the_textbook_probability_fails_the_same_bound(replicates: dict[str, Replicates]) -> None:
    assert _deviation(replicates["bottom_k"].textbook_estimate) > 8


@pytest.mark.parametrize("design", ["bottom_k", "poisson"])
def test_the_poisson_variance_formula_gives_the_variance_between_replicates(
    replicates: dict[str, Replicates], design: str
) -> None:
    drawn = replicates[design]
    # The variance of 200 estimates is itself known to about 10 %.
    assert drawn.variance.mean() / drawn.estimate.var(ddof=1) == pytest.approx(1, abs=0.4)


def test_bottom_k_keeps_its_size_and_poisson_keeps_it_on_average(replicates: dict[str, Replicates]) -> None:
    assert set(replicates["bottom_k"].sizes) == {SAMPLE_SIZE}
    sizes = replicates["poisson"].sizes
    assert abs(sizes.mean() - SAMPLE_SIZE) < 4 * np.sqrt(SAMPLE_SIZE / N_REPLICATES)
    assert 0 < sizes.std() < np.sqrt(SAMPLE_SIZE)
