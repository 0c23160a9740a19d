"""A sampling frame as a bounded number of units with copies: as many as the real one has, however many those are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from lib.audit.population import FloatArray
from lib.audit.repeated_draws import IndexArray
from lib.planning.label_model import ErrorRates, outcome_probabilities, outcomes

CountArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VirtualFrame:
    """Units of all strata, one entry each; a unit with k copies is k units that are alike but for their verdicts.

    Were the frame thinned to m units and n of them drawn, the sampling fraction would be n/m and large weights would
    be small ones. Copies keep the number of units, and so fractions, thresholds and weights, those of the real frame.

    Attributes:
        stratum: name of each unit's stratum
        copies: k >= 1
        exposures: measure to x
        size_measures: draw to w > 0
        scores: policy to the score that the draw and the estimates use, NaN where the stratum has none of the policy
        risks: policy to P(violates) if scores are right

    """

    stratum: npt.NDArray[np.object_]
    copies: CountArray
    exposures: Mapping[str, FloatArray]
    size_measures: Mapping[str, FloatArray]
    scores: Mapping[str, FloatArray]
    risks: Mapping[str, FloatArray]

    @property
    def population_size(self) -> int:
        """Units of the frame: Σ k."""
        return int(self.copies.sum())

    @cached_property
    def positions(self) -> dict[str, IndexArray]:
        """Stratum to the positions of its units."""
        return {str(name): np.flatnonzero(self.stratum == name) for name in np.unique(self.stratum.astype(str))}

    @cached_property
    def mixture(self) -> FloatArray:
        """M = Σ_j x_j/X_j over the measures that the frame has any of."""
        totals = {measure: self.total(x) for measure, x in self.exposures.items()}
        shares = [x / totals[measure] for measure, x in self.exposures.items() if totals[measure] > 0.0]
        mixture: FloatArray = np.sum(shares, axis=0)
        return mixture

    def total(self, values: FloatArray) -> float:
        """Σ k·value over the units: the total over the frame."""
        return float(self.copies @ values)

    def has_score(self, policy: str) -> bool:
        """Whether any stratum has scores of the policy."""
        return not bool(np.isnan(self.scores[policy]).all())


@dataclass(frozen=True, eq=False)
class VirtualVerdicts:
    """Verdicts of all rungs on every copy of every unit, for one policy, in a few numbers a unit.

    Copies of a unit are numbered so that those with the same verdicts follow each other; where they begin is the unit's
    own, or the first copy of every unit would violate every policy.

    Attributes:
        n_rungs: rungs; the last one is the truth
        counts: copies with each of `label_model.outcomes`, units x outcomes
        shift: number at which the first outcome begins

    """

    n_rungs: int
    counts: CountArray
    shift: CountArray

    @classmethod
    def drawn(
        cls, risk: FloatArray, copies: CountArray, error_rates: Sequence[ErrorRates], random: Generator
    ) -> "VirtualVerdicts":
        """Draw a finite population of verdicts: every copy independently, its truth violating with chance `risk`.

        Args:
            risk: P(violates) of each unit
            copies: k of each unit
            error_rates: of every rung but the last against the one above, lowest first
            random: source of randomness

        Returns:
            the verdicts, the same whatever is sampled

        """
        chances = outcome_probabilities(risk, error_rates).T
        counts = random.multinomial(copies, chances / chances.sum(axis=1, keepdims=True))
        return cls(len(error_rates) + 1, counts, random.integers(0, copies))

    @property
    def n_violating(self) -> CountArray:
        """Copies of each unit that violate."""
        is_violating = [bool(verdicts[-1]) for verdicts in outcomes(self.n_rungs)]
        n_violating: CountArray = self.counts[:, is_violating].sum(axis=1)
        return n_violating

    def of(self, unit: IndexArray, copy: CountArray) -> tuple[FloatArray, ...]:
        """Verdicts of each rung, lowest first, on the given copies of the given units."""
        until = np.cumsum(self.counts, axis=1)[unit]
        number = (copy + self.shift[unit]) % until[:, -1]
        outcome = (number[:, np.newaxis] >= until).sum(axis=1)
        table = np.array(outcomes(self.n_rungs), dtype=np.float64)
        return tuple(table[outcome].T)


def simple_random_variance(frame: VirtualFrame, exposure: FloatArray, n_violating: CountArray) -> float:
    """Return Σ (x/X̄)²(y - R)²/N over all copies: the variance of one unit for the ratio mean of a random sample."""
    size = frame.population_size
    share = exposure / (frame.total(exposure) / size)
    rate = float(share @ n_violating) / size
    squares = n_violating * (1.0 - rate) ** 2 + (frame.copies - n_violating) * rate**2
    return float(share**2 @ squares) / size
