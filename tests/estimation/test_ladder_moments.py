"""Moments of the ladder: the table's columns, additivity, prefixes and refusals."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.estimation.estimators import ESTIMATORS, estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments, ladder_variables
from schemas.contracts.moment_names import COUNT_COLUMNS, SUM_COLUMNS, product_column, product_pairs, sum_column
from tests.estimation.populations import heavy_tailed_population

NAN = float("nan")


def random_units(seed: int, size: int, n_rungs: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    on_rung, cumulative = np.ones(size, dtype=bool), np.ones(size)
    verdicts, probabilities = [], []
    for rung in range(n_rungs):
        if rung > 0:
            on_rung = on_rung & (random.random(size) < 0.6)
        cumulative = cumulative * random.uniform(0.05, 1.0, size)
        verdicts.append(np.where(on_rung, random.random(size) < 0.3, np.nan))
        probabilities.append(cumulative)
    return {
        "exposure": np.exp(2 * random.normal(size=size)),
        "score": random.random(size),
        "verdicts": verdicts,
        "probabilities": probabilities,
    }


def assert_same(first: LadderMoments, second: LadderMoments) -> None:
    np.testing.assert_allclose(first.sums, second.sums, rtol=1e-9)
    np.testing.assert_allclose(first.products, second.products, rtol=1e-9, atol=1e-9 * np.abs(second.products).max())
    for name in ("population_size", "exposure_total", "score_total", "largest_weight"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-9), name
    for name in ("n", "n_positive", "sum_weight", "sum_squared_weight"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-9), name
    for one, other in zip(first.tails, second.tails, strict=True):
        assert asdict(one) == pytest.approx(asdict(other), rel=1e-9)


def row_of(moments: LadderMoments) -> dict[str, Any]:
    """The table row of these moments; columns of rungs not in use are null."""
    row: dict[str, Any] = dict.fromkeys((*SUM_COLUMNS, *COUNT_COLUMNS))
    variables = ladder_variables(len(moments.rungs))
    row |= {sum_column(*variable): moments.sums[i] for i, variable in enumerate(variables)}
    for rung_a, variable_a, rung_b, variable_b in product_pairs():
        if rung_b <= len(moments.rungs):
            i, j = variables.index((rung_a, variable_a)), variables.index((rung_b, variable_b))
            row[product_column(rung_a, variable_a, rung_b, variable_b)] = moments.products[i, j]
    for rung in range(1, len(moments.rungs) + 1):
        for name in ("n", "n_positive", "sum_weight", "sum_squared_weight"):
            row[f"{name}_{rung}"] = getattr(moments, name)[rung - 1]
        row |= {f"{name}_{rung}": value for name, value in asdict(moments.tails[rung - 1]).items()}
    for name in ("population_size", "exposure_total", "score_total", "largest_weight", "has_score"):
        row[name] = getattr(moments, name)
    return row | {"rungs": list(moments.rungs)}


def test_moments_of_three_units_by_hand() -> None:
    moments = LadderMoments.from_units(
        exposure=[2.0, 1.0, 4.0],
        score=[0.5, 0.1, 0.25],
        verdicts=[[1, 0, 1], [1, NAN, 0]],
        probabilities=[[0.5, 1.0, 0.25], [0.25, 1.0, 0.125]],
        population_size=10,
        exposure_total=20.0,
        score_total=5.0,
    )
    assert ladder_variables(2) == ((1, "label_1"), (1, "exposure"), (1, "score"), (2, "label_2"), (2, "label_1"))
    assert moments.rungs == ("llm", "human")
    # 2/.5 + 4/.25; 2/.5 + 1 + 4/.25; 1/.5 + .1 + 1/.25; 2/.25; 2/.25 + 4/.125
    np.testing.assert_allclose(moments.sums, [20.0, 21.0, 6.1, 8.0, 40.0])
    # rung 1 x rung 1, label·exposure: 2·2·(2 - 1)/.5 + 4·4·(4 - 1)/.25
    assert moments.products[0, 1] == pytest.approx(8 + 192)
    # rung 1 x rung 2, exposure·label_2: 2·2·(1/.5 - 1)/.25, the second factor by P2 and the first by P1
    assert moments.products[1, 3] == moments.products[3, 1] == pytest.approx(16)
    # rung 2 x rung 2, label_1²: 4·(4 - 1)/.25 + 16·(8 - 1)/.125
    assert moments.products[4, 4] == pytest.approx(48 + 896)
    assert (moments.n, moments.n_positive) == ((3, 2), (2, 1))
    assert moments.sum_weight == (7.0, 12.0)
    assert moments.sum_squared_weight == (21.0, 80.0)
    assert moments.largest_weight == 32.0


def test_tail_moments_of_four_units_by_hand() -> None:
    moments = LadderMoments.from_units(
        exposure=[2.0, 1.0, 4.0, 3.0],
        score=[0.5, 0.1, 0.25, NAN],
        verdicts=[[1, 0, 0, 0], [1, NAN, 1, 0]],
        probabilities=[[0.5, 1.0, 0.25, 0.5], [0.25, 1.0, 0.125, 0.25]],
        population_size=10,
        exposure_total=20.0,
        score_total=5.0,
    )
    # On the human rung the LLM had missed the third unit (x/P = 32, s = .25) and was right on the fourth (12, s = 0).
    tail = moments.tail
    assert (tail.n_unflagged, tail.unflagged_weight, tail.mean_weight) == (2, 32 + 12, 22)
    assert (tail.unflagged_score, tail.unflagged_weight_by_score, tail.score_weight) == (0.25, 8, 32)
    assert (tail.n_missed, tail.missed_total, tail.missed_square) == (1, 32, 32**2)
    assert (tail.positive_total, tail.positive_square) == (40, 8**2 + 32**2)
    # With the LLM alone every unit could have been missed: x/P = 4, 1, 16, 6.
    llm = moments.first_rungs(1).tail
    assert (llm.n_unflagged, llm.unflagged_weight) == (4, 27)
    assert llm.unflagged_weight_by_score == pytest.approx(4 * 0.5 + 0.1 + 16 * 0.25)
    assert (llm.n_missed, llm.missed_total, llm.positive_total, llm.positive_square) == (1, 4, 4, 16)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.lists(st.integers(0, 40), min_size=1, max_size=4))
@pytest.mark.slow
def test_sum_of_strata_equals_direct_computation(seed: int, n_rungs: int, sizes: list[int]) -> None:
    strata = [random_units(seed + i, size, n_rungs) for i, size in enumerate(sizes)]
    totals = {"population_size": 100, "exposure_total": 300.0, "score_total": 30.0}
    added = LadderMoments.total(LadderMoments.from_units(**units, **totals) for units in strata)
    together: dict[str, Any] = {
        name: np.concatenate([units[name] for units in strata]) for name in ("exposure", "score")
    }
    for name in ("verdicts", "probabilities"):
        together[name] = [np.concatenate([units[name][rung] for units in strata]) for rung in range(n_rungs)]
    direct = LadderMoments.from_units(**together, **{name: value * len(sizes) for name, value in totals.items()})
    assert_same(added, direct)
    for estimator in ESTIMATORS:
        first, second = (estimate_prevalence(moments, estimator=estimator) for moments in (added, direct))
        assert first.prevalence == pytest.approx(second.prevalence, rel=1e-6, abs=1e-9)
        assert first.variance == pytest.approx(second.variance, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
def test_a_table_row_reads_back(n_rungs: int) -> None:
    moments = LadderMoments.from_units(
        **random_units(3, 50, n_rungs), population_size=500, exposure_total=900.0, score_total=40.0
    )
    assert_same(LadderMoments.from_row(row_of(moments)), moments)


def test_names_of_rungs_and_the_score_of_a_sum() -> None:
    units = random_units(3, 50, 2)
    totals = {"population_size": 500, "exposure_total": 900.0}
    named = LadderMoments.from_units(**units, **totals, score_total=40.0, rungs=["llm", "gold"])
    assert named.rungs == ("llm", "gold")
    assert LadderMoments.from_row(row_of(named) | {"rungs": ["llm", "gold"]}).rungs == ("llm", "gold")
    without = LadderMoments.from_units(**units | {"score": None}, **totals, rungs=["llm", "gold"])
    assert [(a + b).has_score for a in (named, without) for b in (named, without)] == [True, True, True, False]


def test_a_null_moment_of_a_rung_in_use_is_refused() -> None:
    moments = LadderMoments.from_units(**random_units(3, 50, 2), population_size=500, exposure_total=900.0)
    column = product_column(1, "score", 2, "label_2")
    with pytest.raises(ValueError, match=column):
        LadderMoments.from_row(row_of(moments) | {column: None})


def test_a_domain_is_its_indicator_times_z() -> None:
    units = random_units(8, 60, 2)
    inside = units["exposure"] > 1.0
    totals = {"population_size": 100, "exposure_total": 300.0, "score_total": 30.0}
    domain = LadderMoments.from_units(**units, **totals, is_in_domain=inside)
    by_indicator = LadderMoments.from_units(**units | {"exposure": units["exposure"] * inside}, **totals)
    np.testing.assert_allclose(domain.sums, by_indicator.sums)
    np.testing.assert_allclose(domain.products, by_indicator.products)
    assert domain.n[0] == inside.sum()


def test_first_rungs_are_the_moments_of_the_shorter_ladder() -> None:
    units = random_units(5, 80, 3)
    totals = {"population_size": 100, "exposure_total": 300.0, "score_total": 30.0, "largest_weight": 9.0}
    shorter = LadderMoments.from_units(**units, **totals).first_rungs(2)
    units["verdicts"], units["probabilities"] = units["verdicts"][:2], units["probabilities"][:2]
    assert_same(shorter, LadderMoments.from_units(**units, **totals))
    with pytest.raises(ValueError, match="no first 3 rungs"):
        shorter.first_rungs(3)


def test_different_ladders_do_not_add() -> None:
    population = heavy_tailed_population(sample_sizes=(300, 100, 50))
    moments = population.draw(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"\('llm', 'human', 'gold'\) and \('llm', 'human'\)"):
        sum([moments, moments.first_rungs(2)])
    assert_same(sum([moments, moments]), moments + moments)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no moments"):
        LadderMoments.total([])


def test_a_verdict_without_the_rung_below_is_refused() -> None:
    with pytest.raises(ValueError, match="none on rung 1"):
        LadderMoments.from_units(
            exposure=[1.0],
            verdicts=[[NAN], [1]],
            probabilities=[[0.5], [0.2]],
            population_size=2,
            exposure_total=2.0,
        )


@pytest.mark.parametrize("probability", [0.0, 1.2, NAN])
def test_an_impossible_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        LadderMoments.from_units(
            exposure=[1.0], verdicts=[[1]], probabilities=[[probability]], population_size=2, exposure_total=2.0
        )
