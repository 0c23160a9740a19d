"""Unions of coordinated draws: exactly unbiased, largely overlapping, and recomputable from what the frame records."""

import numpy as np
import numpy.typing as npt
import pytest
from pyspark.sql import SparkSession

from lib.sampling.selection import Selection, bottom_k, permanent_random_number, poisson
from schemas.errors import ConfigurationError
from tests.sampling.planned_draws import planned_draws
from tests.sampling.scored_units import draw, generated_rows, unit_scores

FloatArray = npt.NDArray[np.float64]
N_STRATA = 5
POPULATION_SIZE = 300
SAMPLE_SIZES = {"main": 25, "boost": 50}


def _sizes() -> tuple[FloatArray, FloatArray]:
    """Size measures of both draws (draws x units, sums 1) and an outcome."""
    random = np.random.default_rng(8)
    main = random.lognormal(0, 1.0, POPULATION_SIZE)
    boost = main * random.lognormal(0, 0.8, POPULATION_SIZE)
    sizes = np.array([main / main.sum(), boost / boost.sum()])
    return sizes, (random.random(POPULATION_SIZE) < 0.3).astype(float)


def _leaving_out(ranks: FloatArray, n: int) -> FloatArray:
    """The n-th smallest rank among all other units, for every unit."""
    return np.array([np.sort(np.delete(ranks, i))[n - 1] for i in range(len(ranks))])


@pytest.fixture(scope="module")
def unions(_session: SparkSession) -> dict[str, Selection]:
    """Each stratum is a union of its own of the same population: the random number hashes stratum and unit."""
    (main, boost), _ = _sizes()
    rows = [
        (f"s{k}", f"s{k}-{i}", i, float(main[i]), float(boost[i]))
        for k in range(N_STRATA)
        for i in range(POPULATION_SIZE)
    ]
    units = _session.createDataFrame(rows, "stratum string, unit_id string, unit int, main double, boost double")
    sizes = {name: {f"s{k}": n for k in range(N_STRATA)} for name, n in SAMPLE_SIZES.items()}
    planned = planned_draws(units, sizes)
    return {"bottom_k": bottom_k(*planned, seed=3), "poisson": poisson(*planned, seed=3)}


@pytest.fixture(scope="module")
def random_numbers(_session: SparkSession) -> FloatArray:
    """U of every stratum's units, strata x units."""
    ids = [(f"s{k}-{i}",) for k in range(N_STRATA) for i in range(POPULATION_SIZE)]
    units = _session.createDataFrame(ids, "unit_id string").select("unit_id", permanent_random_number(3))
    found = {row[0]: row[1] for row in units.collect()}
    return np.array([found[name] for (name,) in ids]).reshape(N_STRATA, POPULATION_SIZE)


def _rows(union: Selection, stratum: int) -> tuple[list[int], FloatArray, npt.NDArray[np.bool_]]:
    """Drawn units, their p, and which draws contain them (draws x units)."""
    rows = union.units.where(f"stratum = 's{stratum}'").orderBy("unit").collect()
    contains = np.array([[name in row["draws"] for row in rows] for name in SAMPLE_SIZES])
    return [row["unit"] for row in rows], np.array([row["inclusion_probability"] for row in rows]), contains


def test_bottom_k_probabilities_are_those_given_all_other_units(
    unions: dict[str, Selection], random_numbers: FloatArray
) -> None:
    sizes, _ = _sizes()
    for stratum, prn in enumerate(random_numbers):
        units, probability, contains = _rows(unions["bottom_k"], stratum)
        left_out = [_leaving_out(prn / w, n) for w, n in zip(sizes, SAMPLE_SIZES.values(), strict=True)]
        expected = np.minimum(1.0, np.max(sizes * np.array(left_out), axis=0))
        assert units == np.flatnonzero(prn < expected).tolist()
        assert probability == pytest.approx(expected[units], rel=1e-12)
        assert contains.sum(axis=1).tolist() == list(SAMPLE_SIZES.values())


def test_poisson_probabilities_are_the_largest_of_the_draws(
    unions: dict[str, Selection], random_numbers: FloatArray
) -> None:
    sizes, _ = _sizes()
    constants = np.array([[unions["poisson"].thresholds[name]["s0"].inside] for name in SAMPLE_SIZES])
    chances = np.minimum(1.0, constants * sizes)
    assert chances.sum(axis=1) == pytest.approx(list(SAMPLE_SIZES.values()), rel=0.005)
    for stratum, prn in enumerate(random_numbers):
        units, probability, contains = _rows(unions["poisson"], stratum)
        assert units == np.flatnonzero(prn < chances.max(axis=0)).tolist()
        assert probability == pytest.approx(chances.max(axis=0)[units], rel=1e-12)
        assert np.array_equal(contains, (prn < chances)[:, units])


@pytest.mark.slow
def test_the_mean_estimate_over_unions_is_the_truth() -> None:
    """2,000 unions by the rule that Spark was found to follow: t is the next rank inside, the last one outside."""
    sizes, outcome = _sizes()
    random = np.random.default_rng(4)
    estimates, as_if_main, united = [], [], []
    for _ in range(2000):
        ranks = random.random(POPULATION_SIZE) / sizes
        ordered = np.sort(ranks, axis=1)
        last, following = np.array([ordered[d, [n - 1, n]] for d, n in enumerate(SAMPLE_SIZES.values())]).T[:, :, None]
        contains = ranks <= last
        drawn = contains.any(axis=0)
        probability = np.minimum(1.0, np.max(sizes * np.where(contains, following, last), axis=0))
        estimates.append(np.sum(outcome[drawn] / probability[drawn]))
        as_if_main.append(np.sum(outcome[drawn] / np.minimum(1.0, sizes[0] * following[0])[drawn]))
        united.append(drawn.sum())

    def deviation(values: list[float]) -> float:
        return float((np.mean(values) - outcome.sum()) / (np.std(values, ddof=1) / np.sqrt(len(values))))

    assert abs(deviation(estimates)) < 4
    assert deviation(as_if_main) > 20  # the main draw's probability, taken for the union's
    # Of independent draws 72 units would be different ones.
    assert np.mean(united) < 56


def test_two_draws_of_600_for_two_policies_are_far_fewer_than_1200_units() -> None:
    random = np.random.default_rng(12)
    scores = random.beta(0.1, 10, (50_000, 2))
    spread = np.sqrt(scores * (1 - scores))
    sizes = 0.8 * spread / spread.sum(axis=0) + 0.2 / len(spread)
    ranks = random.random(len(sizes))[:, None] / sizes
    united = np.union1d(*np.argsort(ranks, axis=0)[:600].T)
    independent = np.union1d(np.argsort(ranks[:, 0])[:600], np.argsort(random.random(len(sizes)) / sizes[:, 1])[:600])
    assert len(united) < 1000
    assert len(independent) > 1170


POLICIES = ["common", "rare"]
BOOSTS = [
    {"name": "rare", "sample_size": 40, "policy_importance": {"rare": 1.0}},
    {"name": "home_only", "sample_size": 25, "policy_importance": {"common": 1.0}, "strata": ["home", "nowhere"]},
    {"name": "absent", "sample_size": 25, "policy_importance": {"common": 1.0}, "strata": ["nowhere"]},
]


@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
def test_the_frame_gives_back_every_probability(spark: SparkSession, method: str) -> None:
    fields = {"strata": ["surface"], "sample_size": 80, "method": method, "minimum_stratum_size": 5}
    drawn = draw(unit_scores(spark, generated_rows(400)), policies=POLICIES, boosts=BOOSTS, **fields)
    units = drawn.units.collect()
    frame = {row["stratum"]: row for row in drawn.frame}
    for unit in units:
        chances = []
        for name, _, _, _, inside, outside, _ in frame[unit["stratum"]]["draws"]:
            threshold = inside if name in unit["draws"] else outside
            chances.append(1.0 if threshold is None else unit["size_measures"][name] * threshold)
        assert unit["inclusion_probability"] == min(1.0, max(chances))
        assert unit["size_measure"] == unit["size_measures"]["main"]
        assert unit["draws"]
        bounds = frame[unit["stratum"]]["weight_bounds"]
        for measure, x in unit["exposures"].items():
            assert x / unit["inclusion_probability"] <= bounds[measure] * (1 + 1e-12)
    for name, row in frame.items():
        of_stratum = [unit for unit in units if unit["stratum"] == name]
        assert row["sample_size"] == len(of_stratum)
        assert [draw[0] for draw in row["draws"]] == ["main", "rare", "home_only"]  # `absent` has no stratum today
        for draw_name, importance, target, size, *_ in row["draws"]:
            assert size == sum(draw_name in unit["draws"] for unit in of_stratum)
            assert method == "poisson" or size == target
            assert sum(importance.values()) == pytest.approx(1)
        assert (row["draws"][2][2] == 0) == (name != "home")
    assert sum(row["draws"][1][2] for row in drawn.frame) == 40
    # Most of a boost is in the main draw already.
    assert len(units) < 80 + 40 + 25 - 20


def test_a_boost_that_does_not_fit_is_refused_by_its_own_field(spark: SparkSession) -> None:
    units = unit_scores(spark, generated_rows(40))
    boost = {"name": "more", "sample_size": 5, "policy_importance": {"common": 1.0}, "strata": ["search", "feed"]}
    sizes = {"sample_size": 20, "minimum_stratum_size": 6}
    with pytest.raises(
        ConfigurationError, match=r"weekly\.yaml: field `boosts\.more\.sample_size` is `5`, but 2 strata need 12"
    ):
        draw(units, policies=POLICIES, strata=["surface"], boosts=[boost], **sizes)
