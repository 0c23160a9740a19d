"""Missing verdicts of units in memory: weighting cells by score and by values, imputation, and rates, by hand."""

import numpy as np
import pytest

from lib.estimation.answered_ladder import answered_ladder

NAN = float("nan")


def test_response_is_weighted_within_cells_of_a_value() -> None:
    ladder = answered_ladder(
        verdicts=[[1, 0, None, 0, None, 1]],
        is_drawn=[[1] * 6],
        probabilities=[["0.5", "0.25", "0.5", "0.1", "0.2", "0.25"]],
        values={"stratum": ["a", "a", "a", "b", "b", "b"]},
        cells=["stratum"],
        minimum_respondents=1,
    )
    # 1/P: of a 2, 4 and 2, the last without a verdict; of b 10, 5 and 4, the second without
    a, b = 6 / 8, 14 / 19
    assert ladder.probabilities[0] == pytest.approx([0.5 * a, 0.25 * a, 0.5 * a, 0.1 * b, 0.2 * b, 0.25 * b])
    np.testing.assert_array_equal(ladder.verdicts[0], [1, 0, NAN, 0, NAN, 1])
    assert not np.any(ladder.is_imputed)
    assert ladder.missing_rates == (pytest.approx(7 / 27),)


def test_response_is_weighted_within_classes_of_the_score() -> None:
    ladder = answered_ladder(
        verdicts=[[1, NAN, 0, NAN, 0, 0]],
        is_drawn=[[True] * 6],
        probabilities=[[0.5] * 6],
        score=[0.6, 0.9, 0.6, 0, 0, 0],
        cells=["score_class"],
        minimum_respondents=1,
    )
    assert ladder.probabilities[0] == pytest.approx([1 / 3] * 6)  # 2 of 3 answer in either class
    one_cell = answered_ladder(
        verdicts=[[1, NAN, 0, NAN, NAN, 0]],
        is_drawn=[[True] * 6],
        probabilities=[[0.5] * 6],
        score=[0.6, 0.9, 0.6, 0, 0, 0],
        cells=["score_class"],
        minimum_respondents=1,
    )
    assert one_cell.probabilities[0] == pytest.approx([1 / 3] * 3 + [1 / 6] * 3)


def test_below_the_last_rung_the_score_stands_in_and_people_are_weighted_by_what_was_below() -> None:
    ladder = answered_ladder(
        verdicts=[[NAN, NAN, 1, 1, 0, 0], [1, NAN, 1, NAN, 0, NAN]],
        is_drawn=[[True] * 6, [1, 1, 1, 1, 1, 0]],
        probabilities=[[0.5] * 6, [0.25, 0.1, 0.2, 0.05, 0.25, NAN]],
        score=[0.3, NAN, 0.5, 0.5, 0.5, 0.5],
        cells=["verdict_below"],
        minimum_respondents=1,
    )
    np.testing.assert_array_equal(ladder.verdicts[0], [0.3, 0, 1, 1, 0, 0])
    np.testing.assert_array_equal(ladder.is_imputed[0], [True, True, False, False, False, False])
    assert ladder.probabilities[0] == pytest.approx([0.5] * 6)  # an imputed verdict is a response
    # on the second rung: imputed below 4 of 4 + 10, violating below 5 of 5 + 20, not violating 4 of 4
    second = [0.25 * 4 / 14, 0.1 * 4 / 14, 0.2 * 5 / 25, 0.05 * 5 / 25, 0.25]
    assert ladder.probabilities[1][:5] == pytest.approx(second)
    np.testing.assert_array_equal(ladder.verdicts[1], [1, NAN, 1, NAN, 0, NAN])
    assert ladder.missing_rates == (pytest.approx(2 / 6), pytest.approx(30 / 43))


def test_who_could_not_climb_leaves_and_is_stood_for_on_both_rungs() -> None:
    ladder = answered_ladder(
        verdicts=[[0, NAN, 1, 0], [0, 1, 1, NAN]],
        is_drawn=[[True] * 4, [True, True, True, False]],
        probabilities=[[0.5, 0.25, 0.5, 0.5], [0.25, 0.1, 0.5, NAN]],
        may_climb=[[1, 0, 1, 1], [0, 0, 0, 0]],
        cells=["verdict_below"],
        minimum_respondents=1,
    )
    response = 6 / 10  # the unit without a verdict weighs 4 of 10 and is lost for good
    assert ladder.probabilities[0] == pytest.approx([0.5 * response, 0.25 * response, 0.5 * response, 0.5 * response])
    assert ladder.probabilities[1][[0, 2]] == pytest.approx([0.25 * response, 0.5 * response])
    np.testing.assert_array_equal(ladder.verdicts, [[0, NAN, 1, 0], [0, NAN, 1, NAN]])
    assert ladder.missing_rates == (pytest.approx(0.4), 0.0)
