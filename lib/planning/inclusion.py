"""Inclusion probabilities that a budget gives to the cells of the frame, on every rung of the ladder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from lib.planning.cells import FloatArray
from lib.planning.label_model import outcomes
from lib.planning.plan_model import PlanModel, RiskCells

_LARGEST_FACTOR = 1e18


@dataclass(frozen=True)
class RungFactor:
    """The size measure of a rung above the first: v = m·(δ/Σ_U m + (1 - δ)·√D/Σ_U m√D), times `factor`.

    Attributes:
        factor: c with P_a = min(P_{a-1}, c·v)
        mixture_total: Σ_U m
        steered_total: Σ_U m√D, expected over the verdicts of the rung below
        uniform_share: δ

    """

    factor: float
    mixture_total: float
    steered_total: float
    uniform_share: float

    def chance(self, mixture: FloatArray, spread: FloatArray) -> FloatArray:
        """c·v of cells with these m and √D."""
        uniform = 1.0 / self.mixture_total
        steered = spread / self.steered_total if self.steered_total > 0.0 else uniform
        return self.factor * mixture * (self.uniform_share * uniform + (1.0 - self.uniform_share) * steered)


@dataclass(frozen=True)
class Thresholds:
    """What turns size measures into probabilities.

    P_1 = min(1, t·w), P_a = min(P_{a-1}, c_a·v_a). `climb_to_rung` chooses q_a in proportion to v_a/P_{a-1}: P_a is
    proportional to v_a until a unit is certain to climb.

    Attributes:
        first: t per stratum
        climbing: the rungs above the first, lowest first

    """

    first: Mapping[str, float]
    climbing: tuple[RungFactor, ...]

    def probabilities(
        self, cells: RiskCells, *, size_measure: FloatArray, mixture: FloatArray
    ) -> tuple[FloatArray, ...]:
        """P_a of units with these w and m, outcomes x cells, one array a rung."""
        first = np.minimum(1.0, cells.block.by_stratum(self.first) * size_measure)
        verdicts = outcomes(len(self.climbing) + 1)
        result = [np.broadcast_to(first, (len(verdicts), len(first)))]
        for below, rung in enumerate(self.climbing):
            by_verdict = [rung.chance(mixture, spread) for spread in cells.spreads]
            chance = np.stack([by_verdict[verdict[below]] for verdict in verdicts])
            result.append(np.minimum(result[-1], chance))
        return tuple(result)


def bounded_sizes(model: PlanModel, sizes: Sequence[float]) -> tuple[float, ...]:
    """`sizes` as far as they are possible: at most the population, on no rung more than below it, never less than 1."""
    first = min(max(sizes[0], model.smallest_budget), model.population_size)
    bounded = [float(first)]
    for size in sizes[1:]:
        bounded.append(max(1.0, min(float(size), bounded[-1])))
    return tuple(bounded)


def solve_thresholds(model: PlanModel, sizes: Sequence[float]) -> Thresholds:
    """The thresholds under which `sizes` units are expected on the rungs.

    Args:
        model: the frame
        sizes: expected units on each rung in use, lowest first; see `bounded_sizes`

    Returns:
        thresholds

    """
    first = _first_thresholds(model, sizes[0])
    climbing: tuple[RungFactor, ...] = ()
    mixture_total = float(model.whole[0].mixture @ model.whole[0].n_units)
    for rung in range(1, len(sizes)):
        steered_total = _over_verdicts(model, rung, lambda cells: cells.mixture * cells.spreads)

        def step(factor: float, total: float = steered_total) -> Thresholds:
            share = model.climbing.uniform_share
            return Thresholds(first, (*climbing, RungFactor(factor, mixture_total, total, share)))  # noqa: B023 - used at once

        def expected(factor: float) -> float:
            return expected_sizes(model, step(factor))[-1]

        climbing = step(_solved(expected, sizes[rung])).climbing
    return Thresholds(first, climbing)


def expected_sizes(model: PlanModel, thresholds: Thresholds) -> list[float]:
    """Expected units on each rung.

    A unit has at most one positive verdict: what one for policy k adds to the units without any is counted policy by
    policy.
    """
    n_rungs = len(thresholds.climbing) + 1
    totals = np.zeros(n_rungs)
    for position, cells in enumerate(model.whole):
        chances = _marginal(cells, n_rungs)
        on_rungs = thresholds.probabilities(cells, size_measure=cells.size_measure, mixture=cells.mixture)
        for rung, probability in enumerate(on_rungs):
            base = probability[0] if position == 0 else 0.0
            totals[rung] += cells.n_units @ (base + (chances * (probability - probability[0])).sum(axis=0))
    return [float(total) for total in totals]


def _over_verdicts(model: PlanModel, rung: int, of_verdict: Callable[[RiskCells], FloatArray]) -> float:
    """Σ_U of a quantity that depends on the verdict on the rung below `rung` (2 x cells: not violating, violating)."""
    total = 0.0
    for position, cells in enumerate(model.whole):
        values = of_verdict(cells)
        positive = _marginal(cells, rung)[[verdict[-1] == 1 for verdict in outcomes(rung)]].sum(axis=0)
        base = values[0] if position == 0 else 0.0
        total += float(cells.n_units @ (base + positive * (values[1] - values[0])))
    return total


def _marginal(cells: RiskCells, n_rungs: int) -> FloatArray:
    """P(verdicts on the lowest `n_rungs` rungs), in the order of `outcomes(n_rungs)`."""
    full = cells.outcome_probabilities
    marginal: FloatArray = full.reshape(2**n_rungs, -1, full.shape[-1]).sum(axis=1)
    return marginal


def _first_thresholds(model: PlanModel, budget: float) -> dict[str, float]:
    """T of each stratum with Σ_U min(1, t w) = n; budgets between two whole numbers take the mean of both splits."""
    cells = model.whole[0]
    lower = int(budget + 1e-9)
    share = max(0.0, budget - lower)
    split = dict(model.allocate(lower))
    if share > 0.0:
        above = model.allocate(lower + 1)
        split = {name: (1.0 - share) * size + share * above[name] for name, size in split.items()}
    thresholds = {}
    for name, size in split.items():
        inside = cells.block.strata == name
        n_units, size_measure = cells.n_units[inside], cells.size_measure[inside]

        def expected(t: float, n_units: FloatArray = n_units, size_measure: FloatArray = size_measure) -> float:
            return float(n_units @ np.minimum(1.0, t * size_measure))

        thresholds[name] = _solved(expected, size)
    return thresholds


def _solved(expected: Callable[[float], float], wanted: float) -> float:
    """The factor at which a non-decreasing function reaches `wanted`, or the largest factor if it never does."""
    if expected(_LARGEST_FACTOR) <= wanted * (1.0 + 1e-9):
        return _LARGEST_FACTOR
    low, high = 0.0, 1.0
    while expected(high) < wanted:
        low, high = high, high * 8.0
    return float(brentq(lambda factor: expected(factor) - wanted, low, high, rtol=1e-10))
