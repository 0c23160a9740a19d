"""Many ladders at once: who climbs, and the moments of each replicate beside those computed one by one."""

from collections.abc import Sequence

import numpy as np
import pytest

from lib.audit.population import AuditPopulation
from lib.audit.repeated_draws import RepeatedDraws, repeated_bottom_k
from lib.audit.repeated_ladder import ASSUMED_RATES, climb, climbing_chances, ladder_moments
from lib.audit.size_measure import defensive_size_measure
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.tail_moments import TAIL_FIELDS
from lib.sampling import rungs
from tests.audit.populations import heavy_tailed


def _settled(sizes: np.ndarray, n: int) -> np.ndarray:
    """The rule of lib/sampling/rungs.py on one sample: certain from the largest down, the others share what is left."""
    order = np.argsort(-sizes)
    left, chance = sizes.sum(), np.ones(sizes.size)
    for n_larger, unit in enumerate(order):
        if sizes[unit] * (n - n_larger) < left:
            rest = order[n_larger:]
            chance[rest] = sizes[rest] * (n - n_larger) / left
            break
        left -= sizes[unit]
    return chance


def test_the_assumed_rates_are_those_of_the_draw() -> None:
    names = (ASSUMED_RATES.sensitivity, ASSUMED_RATES.specificity)
    assert names == (rungs._ASSUMED_SENSITIVITY, rungs._ASSUMED_SPECIFICITY)


def test_units_climb_with_the_probabilities_of_the_real_ladder() -> None:
    population = AuditPopulation(
        exposures={"units": np.ones(6), "views": np.array([3.0, 0.0, 1.0, 8.0, 40.0, 2.0])},
        score=np.array([0.01, 0.3, 0.0, 0.9, 0.05, 0.002]),
        verdicts=(np.array([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]), np.zeros(6)),
    )
    # Two samples: all six units, and four of them with other probabilities.
    draws = RepeatedDraws(
        n_replicates=2,
        replicate=np.array([0, 1, 0, 0, 1, 0, 0, 1, 0, 1]),
        unit=np.array([0, 5, 1, 2, 3, 3, 4, 4, 5, 1]),
        inclusion_probability=np.array([0.1, 0.3, 0.02, 0.5, 1.0, 0.2, 0.05, 0.6, 0.1, 0.4]),
    )
    ladder = climb(population, draws, rung_sizes=[2], random=np.random.default_rng(1))
    chances = ladder.probabilities[1] / ladder.probabilities[0]
    for replicate in (0, 1):
        own = draws.replicate == replicate
        unit, p = draws.unit[own], draws.inclusion_probability[own]
        views, score = population.exposures["views"][unit], population.score[unit]
        wrong_positive = (1 - score) * 0.005 / ((1 - score) * 0.005 + score * 0.8)
        wrong_negative = score * 0.2 / (score * 0.2 + (1 - score) * 0.995)
        doubt = np.where(population.verdicts[0][unit] == 1.0, wrong_positive, wrong_negative)
        exposed = (1.0 / 6.0 + views / 54.0) / p  # the factor ½ of each measure's share cancels
        steered = exposed * np.sqrt(doubt)
        sizes = 0.2 * exposed / exposed.sum() + 0.8 * steered / steered.sum()
        assert chances[own] == pytest.approx(_settled(sizes, 2), rel=1e-12)
        assert chances[own].sum() == pytest.approx(2.0)


@pytest.mark.parametrize("size", [1, 7, 19, 20, 50])
def test_chances_sum_to_the_size_of_the_rung(size: int) -> None:
    random = np.random.default_rng(3)
    uniform, steered = random.lognormal(sigma=2, size=60), random.lognormal(sigma=3, size=60)
    replicate = np.repeat([0, 1, 2], 20)
    steered[replicate == 2] = 0.0  # scores of exactly 0 leave nothing to steer by
    chances = climbing_chances(uniform, steered, replicate, 3, size)
    assert np.bincount(replicate, weights=chances) == pytest.approx([min(size, 20)] * 3)
    assert ((chances > 0.0) & (chances <= 1.0)).all()
    own = replicate == 2
    assert chances[own] == pytest.approx(_settled(uniform[own], size))


def _one_by_one(population: AuditPopulation, ladder: object, replicate: int, measure: str) -> LadderMoments:
    own = ladder.draws.replicate == replicate  # type: ignore[attr-defined]
    unit = ladder.draws.unit[own]  # type: ignore[attr-defined]
    x, score = population.exposures[measure], population.score
    pairs = zip(population.verdicts, ladder.on_rung, strict=True)  # type: ignore[attr-defined]
    return LadderMoments.from_units(
        exposure=x[unit],
        score=score[unit],
        verdicts=[np.where(here[own], verdict[unit], np.nan) for verdict, here in pairs],
        probabilities=[p[own] for p in ladder.probabilities],  # type: ignore[attr-defined]
        population_size=x.size,
        exposure_total=x.sum(),
        score_total=x @ score,
    )


@pytest.mark.parametrize(("n_rungs", "rung_sizes"), [(1, []), (2, [60]), (3, [60, 25])])
@pytest.mark.parametrize("measure", ["units", "views"])
def test_moments_of_every_replicate_are_those_of_its_units(
    n_rungs: int, rung_sizes: Sequence[int], measure: str
) -> None:
    population = heavy_tailed(4000, n_rungs=n_rungs)
    random = np.random.default_rng(9)
    draws = repeated_bottom_k(defensive_size_measure(population), 200, 12, random)
    ladder = climb(population, draws, rung_sizes=rung_sizes, random=random)
    found = list(ladder_moments(population, ladder, measure=measure))
    assert len(found) == 12
    for replicate, moments in enumerate(found):
        expected = _one_by_one(population, ladder, replicate, measure)
        scale = np.sqrt(np.outer(np.diag(expected.products), np.diag(expected.products))) + 1e-300
        assert moments.sums == pytest.approx(expected.sums, rel=1e-9)
        assert np.abs((moments.products - expected.products) / scale).max() < 1e-9
        assert (moments.n, moments.n_positive) == (expected.n, expected.n_positive)
        for name in ("sum_weight", "sum_squared_weight", "population_size", "exposure_total", "score_total"):
            assert getattr(moments, name) == pytest.approx(getattr(expected, name), rel=1e-9), name
        assert moments.largest_weight == pytest.approx(expected.largest_weight, rel=1e-9)
        assert (moments.rungs, moments.has_score) == (expected.rungs, expected.has_score)
        for own, other in zip(moments.tails, expected.tails, strict=True):
            for name in TAIL_FIELDS:
                assert getattr(own, name) == pytest.approx(getattr(other, name), rel=1e-9, abs=1e-12), name
