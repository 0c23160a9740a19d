"""Everything a plan rests on: the cells of the frame, the design, and what is expected of the labelers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from lib.planning.cells import EVERYTHING, CellBlock, FloatArray, FrameCells, mean_within
from lib.planning.experience import Experience
from lib.planning.label_model import ErrorRates, disagreement, outcome_probabilities

Key = tuple[str, str, str]


class Allocation(Protocol):
    """Splits a budget over the strata."""

    def __call__(self, budget: int) -> Mapping[str, float]:
        """Units to draw per stratum, summing to `budget`."""


@dataclass(frozen=True)
class Climbing:
    """How the samples of the rungs above the first are steered.

    Attributes:
        error_rates: the errors that the choice expects of the rung below
        uniform_share: share of its size measure that ignores them

    """

    error_rates: ErrorRates
    uniform_share: float


@dataclass(frozen=True, eq=False)
class PlanModel:
    """The frame and what is expected of it.

    Attributes:
        cells: the frame
        policy_importance: a_k per policy
        allocate: units per stratum for a budget
        smallest_budget: least number of units that `allocate` accepts
        climbing: how the upper rungs' samples are steered
        rungs: names of the rungs, lowest first
        error_rates: policy to the errors of every rung but the highest against the one above, lowest first
        experience: what earlier days say of such plans

    """

    cells: FrameCells
    policy_importance: Mapping[str, float]
    allocate: Allocation
    smallest_budget: int
    climbing: Climbing
    rungs: tuple[str, ...]
    error_rates: Mapping[str, Sequence[ErrorRates]]
    experience: Experience

    @cached_property
    def population_size(self) -> int:
        """Units in the frame."""
        return round(float(self.whole[0].n_units.sum()))

    @cached_property
    def whole(self) -> list["RiskCells"]:
        """The cells of the whole frame, one entry a policy."""
        return [self.risk_cells((*EVERYTHING, policy)) for policy in self.cells.policies]

    def risk_cells(self, key: Key) -> "RiskCells":
        """The cells of one (segment, segment_value, policy) with what is expected of their units."""
        if key not in self._computed:
            self._computed[key] = _risk_cells(self, key)
        return self._computed[key]

    @cached_property
    def _computed(self) -> dict[Key, "RiskCells"]:
        return {}


@dataclass(frozen=True, eq=False)
class RiskCells:
    """Cells of one segment value and policy, with one entry a cell (last axis).

    Attributes:
        block: the sums
        policy: the policy
        n_units: units
        size_measure: mean w
        mixture: mean m
        spreads: √D while no verdict is positive, and when only that for the policy is (2 x cells)
        outcome_probabilities: P(verdicts) in the order of `outcomes` (outcomes x cells)

    """

    block: CellBlock
    policy: str
    n_units: FloatArray
    size_measure: FloatArray
    mixture: FloatArray
    spreads: FloatArray
    outcome_probabilities: FloatArray


def _risk_cells(model: PlanModel, key: Key) -> RiskCells:
    policy = key[2]
    block = model.cells.select(*key)
    n_units = block.column("n_units")
    score = mean_within(block.column("score", "units"), n_units)
    nobody = block.column("disagreement") / n_units
    own = [disagreement(score, verdict, model.climbing.error_rates) for verdict in (0, 1)]
    # A positive verdict for a second policy would raise D further, and P with it: leaving it out is on the safe side.
    positive = np.maximum(0.0, nobody + model.policy_importance[policy] * (own[1] - own[0]))
    return RiskCells(
        block=block,
        policy=policy,
        n_units=n_units,
        size_measure=block.column("size_measure") / n_units,
        mixture=block.mixture(model.cells.exposure_totals) / n_units,
        spreads=np.sqrt(np.stack([nobody, positive])),
        outcome_probabilities=outcome_probabilities(score, model.error_rates[policy]),
    )
