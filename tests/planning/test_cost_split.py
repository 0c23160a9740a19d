"""The split of money between rungs: the closed form by hand, the optimum against its neighbours."""

import numpy as np
import pytest

from lib.planning.budgets import BudgetPlan, Number
from lib.planning.cost_split import Money, Objective, best_split, closed_form_sizes, objective_value
from lib.planning.label_model import ErrorRates
from tests.planning.frames import POLICIES, UnitFrame, key, unit_frame

RATES = [ErrorRates(0.85, 0.997), ErrorRates(0.97, 0.9995)]
NUMBERS: list[Number] = [(key(policy), measure) for policy in POLICIES for measure in ("units", "views")]


@pytest.fixture(scope="module")
def frame() -> UnitFrame:
    return unit_frame(np.random.default_rng(2), size=10_000, prevalences=(0.03, 0.01))


def test_the_closed_form_by_hand() -> None:
    # √(V/c): √(100/1) = 10 and √(36/4) = 3; 10·1 + 3·4 = 22 for 22.
    assert closed_form_sizes([100.0, 36.0], Money(22.0, (1.0, 4.0))) == pytest.approx([10.0, 3.0])
    # No rung leaves any variance: equal money.
    assert closed_form_sizes([0.0, 0.0], Money(8.0, (1.0, 4.0))) == pytest.approx([4.0, 1.0])


def test_the_closed_form_beats_its_neighbours() -> None:
    variances, money = np.array([9.0, 2.0, 0.5]), Money(100.0, (0.1, 2.0, 9.0))
    best = np.array(closed_form_sizes(variances.tolist(), money))
    assert best @ money.costs == pytest.approx(100.0)
    for move in ([1, -1, 0], [0, 1, -1], [-1, 0, 1]):
        moved = best + 0.05 * np.array(move) * 100.0 / np.array(money.costs)
        if (moved > 0).all():
            assert (variances / moved).sum() > (variances / best).sum()


@pytest.mark.parametrize("objective", ["sum_of_squares", "worst"])
@pytest.mark.parametrize(
    ("rungs", "costs", "sizes"),
    [
        (("llm", "human"), (0.02, 1.5), (1000.0, 300.0)),
        (("llm", "human", "gold"), (0.02, 1.0, 8.0), (1000.0, 300.0, 100.0)),
    ],
)
@pytest.mark.slow
def test_the_best_split_spends_the_money_and_beats_its_neighbours(
    frame: UnitFrame, objective: Objective, rungs: tuple[str, ...], costs: tuple[float, ...], sizes: tuple[float, ...]
) -> None:
    configured = BudgetPlan.of(frame.model(rungs, RATES[: len(rungs) - 1]), sizes, estimator="regression")
    money = Money(float(np.dot(sizes, costs)), costs)
    split = best_split(configured, NUMBERS, money, objective=objective)
    assert np.dot(split.sizes, costs) == pytest.approx(money.amount, rel=1e-6)
    best = objective_value(split, NUMBERS, objective)
    assert best < 0.95 * objective_value(configured, NUMBERS, objective)
    for rung in range(len(rungs)):
        for other in set(range(len(rungs))) - {rung}:
            moved = list(split.sizes)
            amount = 0.15 * min(moved[rung] * costs[rung], moved[other] * costs[other])
            moved[rung] -= amount / costs[rung]
            moved[other] += amount / costs[other]
            assert objective_value(split.resized(moved), NUMBERS, objective) > best * (1 - 1e-4)


def test_one_rung_gets_everything(frame: UnitFrame) -> None:
    configured = BudgetPlan.of(frame.model(("human",), []), (500.0,), estimator="regression")
    assert best_split(configured, NUMBERS, Money(900.0, (1.5,)), objective="worst").sizes == (600.0,)


@pytest.mark.slow
def test_more_money_than_there_are_units_buys_the_census(frame: UnitFrame) -> None:
    configured = BudgetPlan.of(frame.model(("llm", "human"), RATES[:1]), (1000.0, 300.0), estimator="regression")
    split = best_split(configured, NUMBERS, Money(1e7, (0.02, 1.5)), objective="sum_of_squares")
    assert split.sizes == (10_000.0, 10_000.0)
    assert split.worst_relative_error(NUMBERS) == pytest.approx(0.0, abs=1e-6)
