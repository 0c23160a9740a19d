"""Weighting cells by hand, their merging, and simulations in which labels are missing for a reason."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator

from lib.estimation.answered_ladder import answered_ladder
from lib.estimation.estimators import estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.nonresponse import AnswerPattern, response_probabilities, score_class, weighted_missing_rates

NAN = float("nan")
CELLS = ("verdict_below", "score_class", "stratum")


def one_rung(
    score_class: int, stratum: str, *, answered: int, missing: int, weight: float = 1.0
) -> list[AnswerPattern]:
    """Patterns of one cell: `weight` is 1/P of each unit."""
    values = (score_class, stratum)
    states = {"not_violating": answered, "missing": missing}
    return [AnswerPattern(values, (state,), n, (n * weight,)) for state, n in states.items() if n]


def rates(patterns: list[AnswerPattern], minimum_respondents: int = 5) -> dict[tuple[str | int, ...], float]:
    found = response_probabilities(patterns, cells=CELLS, minimum_respondents=minimum_respondents)
    return {pattern.values: response[0] for pattern, response in zip(patterns, found, strict=True)}


def test_the_rate_of_a_cell_is_weighted() -> None:
    patterns = [
        AnswerPattern((0, "a"), ("not_violating",), 6, (60.0,)),
        AnswerPattern((0, "a"), ("violating",), 2, (2.0,)),
        AnswerPattern((0, "a"), ("missing",), 2, (38.0,)),
        *one_rung(0, "b", answered=5, missing=5),
    ]
    found = response_probabilities(patterns, cells=CELLS, minimum_respondents=5)
    assert found == [(0.62,), (0.62,), (0.62,), (0.5,), (0.5,)]


def test_the_last_variable_is_given_up_first() -> None:
    patterns = [
        *one_rung(0, "a", answered=40, missing=10),
        *one_rung(1, "a", answered=2, missing=2),  # too few: merged with (1, b), which shares the score class
        *one_rung(1, "b", answered=8, missing=0),
        *one_rung(1, "c", answered=9, missing=1),
        *one_rung(2, "a", answered=1, missing=0),  # few, but none is missing
    ]
    assert rates(patterns) == {(0, "a"): 0.8, (1, "a"): 10 / 12, (1, "b"): 10 / 12, (1, "c"): 0.9, (2, "a"): 1.0}


def test_of_two_neighbours_alike_the_one_with_fewer_respondents_is_taken() -> None:
    middle = one_rung(1, "b", answered=0, missing=3)
    few, many = (one_rung(1, "a", answered=6, missing=0), one_rung(1, "c", answered=90, missing=0))
    assert rates([*many, *middle, *few]) == {(1, "a"): 6 / 9, (1, "b"): 6 / 9, (1, "c"): 1.0}


def test_a_shared_variable_counts_more_than_few_respondents() -> None:
    other_class = one_rung(0, "z", answered=6, missing=0)
    small = one_rung(1, "b", answered=0, missing=3)
    same_class = one_rung(1, "c", answered=90, missing=0)
    assert rates([*other_class, *small, *same_class]) == {(0, "z"): 1.0, (1, "b"): 90 / 93, (1, "c"): 90 / 93}
    # the other way round, and the small cell is the last
    first, last = one_rung(1, "a", answered=90, missing=0), one_rung(2, "a", answered=6, missing=0)
    assert rates([*first, *small, *last]) == {(1, "a"): 90 / 93, (1, "b"): 90 / 93, (2, "a"): 1.0}
    assert rates([*first, *small]) == {(1, "a"): 90 / 93, (1, "b"): 90 / 93}


def test_cells_without_respondents_merge_until_there_are_some() -> None:
    patterns = [p for k in range(3) for p in one_rung(k, "a", answered=0, missing=2)] + one_rung(
        3, "b", answered=2, missing=0
    )
    assert set(rates(patterns).values()) == {2 / 8}


def test_a_sample_without_any_respondent_has_response_0() -> None:
    assert rates(one_rung(0, "a", answered=0, missing=4)) == {(0, "a"): 0.0}
    assert response_probabilities([]) == []


def test_the_second_rung_has_cells_by_the_verdict_below_and_keeps_the_first() -> None:
    patterns = [
        AnswerPattern((0, "a"), ("violating", "violating"), 6, (6.0, 12.0)),
        AnswerPattern((0, "a"), ("violating", "missing"), 2, (2.0, 4.0)),
        AnswerPattern((0, "a"), ("not_violating", "not_violating"), 10, (10.0, 90.0)),
        AnswerPattern((0, "a"), ("not_violating", "missing"), 10, (10.0, 10.0)),
        AnswerPattern((0, "a"), ("not_violating", "not_drawn"), 22, (22.0, 0.0)),
        AnswerPattern((0, "a"), ("missing", "not_drawn"), 50, (50.0, 0.0)),
    ]
    found = response_probabilities(patterns, cells=CELLS, minimum_respondents=5)
    assert [first for first, _ in found] == [0.5] * 6
    assert [second for _, second in found[:4]] == pytest.approx([0.5 * 0.75] * 2 + [0.5 * 0.9] * 2)


def test_the_order_of_the_patterns_does_not_matter() -> None:
    random = np.random.default_rng(3)
    patterns = [
        p
        for k in range(4)
        for stratum in "abc"
        for p in one_rung(
            k, stratum, answered=int(random.integers(0, 9)), missing=int(random.integers(0, 4)), weight=0.1
        )
    ]
    shuffled = [patterns[i] for i in random.permutation(len(patterns))]
    assert rates(patterns) == rates(shuffled)


def test_sums_within_a_cell_are_the_same_in_any_order() -> None:
    """.1 + .2 + .3 is not .3 + .2 + .1 to the last bit."""
    states, weights = ("violating", "not_violating", "imputed", "missing"), (0.1, 0.2, 0.3, 0.7)
    patterns = [AnswerPattern((0, "a"), (state,), 9, (w,)) for state, w in zip(states, weights, strict=True)]
    orders = [[patterns[i] for i in order] for order in permutations(range(4))]
    assert len({rates(order)[0, "a"] for order in orders}) == 1


@pytest.mark.parametrize(
    ("score", "expected"), [(None, -1), (NAN, -1), (0.0, 0), (0.01, 1), (0.0999, 1), (0.1, 2), (0.5, 3), (1.0, 3)]
)
def test_score_classes(score: float | None, expected: int) -> None:
    assert score_class(score) == expected


def test_missing_rates_by_hand() -> None:
    assert weighted_missing_rates([200.0, 50.0, 0.0], [10.0, 25.0, 0.0]) == [0.05, 0.5, 0.0]


def test_an_answered_ladder_by_hand() -> None:
    # Units: 1 answers everywhere; 2 the LLM cannot tell, a person can; 3 the LLM can, the person cannot; 4 not drawn to
    # people; 5 the LLM gave nothing at all, so it could not climb.
    ladder = answered_ladder(
        verdicts=[[1, NAN, 0, 0, NAN], [1, 1, NAN, NAN, NAN]],
        is_drawn=[[True] * 5, [True, True, True, False, False]],
        may_climb=[[True, True, True, True, False], [False] * 5],
        probabilities=[[0.5] * 5, [0.25] * 5],
        score=[0.9, 0.2, NAN, 0.1, 0.3],
        cells=["verdict_below"],
        minimum_respondents=3,
    )
    np.testing.assert_array_equal(ladder.verdicts[0], [1, 0.2, 0, 0, NAN])
    np.testing.assert_array_equal(ladder.verdicts[1], [1, 1, NAN, NAN, NAN])
    np.testing.assert_array_equal(ladder.is_imputed, [[False, True, False, False, False], [False] * 5])
    np.testing.assert_allclose(ladder.probabilities[0][:4], 0.5 * 4 / 5)
    np.testing.assert_allclose(ladder.probabilities[1][:2], 0.25 * (4 / 5) * (2 / 3))
    assert ladder.missing_rates == pytest.approx((2 / 5, 1 / 3))
    moments = LadderMoments.from_units(
        exposure=[1.0] * 5,
        verdicts=ladder.verdicts,
        probabilities=ladder.probabilities,
        is_imputed=ladder.is_imputed,
        population_size=20,
        exposure_total=20.0,
    )
    assert (moments.n, moments.n_positive) == ((3, 2), (1, 2))
    # The imputed label is summed, not counted; the unit's violation is one that the LLM had missed.
    assert moments.sums[0] == pytest.approx(1.2 / 0.4)
    assert (moments.tail.n_missed, moments.tail.positive_total) == (1, pytest.approx(2 / (0.25 * (4 / 5) * (2 / 3))))


def test_nothing_missing_changes_nothing() -> None:
    ladder = answered_ladder(
        verdicts=[[1, 0], [1, NAN]], is_drawn=[[True, True], [True, False]], probabilities=[[0.5, 0.2], [0.1, 0.1]]
    )
    np.testing.assert_array_equal(ladder.verdicts, [[1, 0], [1, NAN]])
    np.testing.assert_array_equal(ladder.probabilities, [[0.5, 0.2], [0.1, 0.1]])
    assert ladder.missing_rates == (0.0, 0.0)


class Campaign:
    """6,000 units in two strata, 8 % violating; every draw loses labels for reasons."""

    def __init__(self, *, n_rungs: int) -> None:
        random = np.random.default_rng(7)
        size, self.n_rungs = 6_000, n_rungs
        self.stratum = np.where(random.random(size) < 0.3, "feed", "search")
        risk = np.clip(np.exp(random.normal(-3.3, 1.0, size)) * np.where(self.stratum == "feed", 2.0, 1.0), 0.001, 0.95)
        self.truth = (random.random(size) < risk).astype(float)
        self.score = risk
        self.exposure = np.ceil(np.exp(random.normal(0.0, 0.7, size)))
        self.llm = np.where(self.truth == 1, random.random(size) < 0.75, random.random(size) < 0.02).astype(float)
        root = self.exposure * np.sqrt(risk)
        self.p = np.minimum(1.0, 900 * (0.7 * root / root.sum() + 0.3 / size))
        self.prevalence = float((self.exposure * self.truth).sum() / self.exposure.sum())

    def draw(self, random: Generator) -> dict[str, Any]:
        """Arguments of `answered_ladder`: likely violations go unanswered most, and the LLM refuses half of them."""
        taken = np.flatnonzero(random.random(self.p.size) < self.p)
        unclear = 0.05 + 0.4 * (self.score[taken] >= 0.1) + 0.1 * (self.stratum[taken] == "feed")
        truth, p = self.truth[taken], self.p[taken]
        arguments = {"score": self.score[taken], "values": {"stratum": self.stratum[taken]}, "taken": taken}
        if self.n_rungs == 1:
            verdict = np.where(random.random(taken.size) < unclear, NAN, truth)
            return arguments | {"verdicts": [verdict], "is_drawn": [np.ones(taken.size)], "probabilities": [p]}
        refuses = random.random(taken.size) < np.where(truth == 1, 0.5, 0.03)
        llm = np.where(refuses, NAN, self.llm[taken])
        q = np.where(refuses | (llm == 1), 0.9, np.minimum(1.0, 0.15 + self.score[taken]))
        climbs = random.random(taken.size) < q
        silent = random.random(taken.size) < np.where(llm == 1, 0.3, 0.05)
        human = np.where(climbs & ~silent, truth, NAN)
        drawn = [np.ones(taken.size), climbs]
        return arguments | {"verdicts": [llm, human], "is_drawn": drawn, "probabilities": [p, p * q]}

    def moments(self, drawn: dict[str, Any]) -> LadderMoments:
        taken = drawn["taken"]
        ladder = answered_ladder(**{name: value for name, value in drawn.items() if name != "taken"})
        return LadderMoments.from_units(
            exposure=self.exposure[taken],
            score=self.score[taken],
            verdicts=ladder.verdicts,
            probabilities=ladder.probabilities,
            is_imputed=ladder.is_imputed,
            population_size=self.p.size,
            exposure_total=self.exposure.sum(),
            score_total=(self.exposure * self.score).sum(),
        )


@pytest.mark.parametrize("n_rungs", [1, 2])
@pytest.mark.slow
def test_what_is_missing_for_a_known_reason_does_not_bias(n_rungs: int) -> None:
    campaign, random, n_replicates = Campaign(n_rungs=n_rungs), np.random.default_rng(11), 500
    estimates: dict[str, list[tuple[float, float]]] = {"horvitz_thompson": [], "regression": []}
    as_negatives = []
    for _ in range(n_replicates):
        drawn = campaign.draw(random)
        moments = campaign.moments(drawn)
        for name, found in estimates.items():
            estimate = estimate_prevalence(moments, estimator=name)  # type: ignore[arg-type]
            found.append((estimate.prevalence, estimate.variance))
        last = drawn["verdicts"][-1]
        drawn["verdicts"][-1] = np.where(np.isnan(last) & (drawn["is_drawn"][-1] == 1), 0.0, last)
        as_negatives.append(estimate_prevalence(campaign.moments(drawn), estimator="horvitz_thompson").prevalence)
    for name, found in estimates.items():
        values, variances = np.array(found).T
        error = values.std(ddof=1) / np.sqrt(n_replicates)
        assert abs(values.mean() - campaign.prevalence) < 3.5 * error, name
        # Plug-in rates: a little conservative, because estimated rates calibrate the weights.
        assert 0.85 < variances.mean() / values.var(ddof=1) < 1.35, name
    assert np.mean(as_negatives) < 0.9 * campaign.prevalence
