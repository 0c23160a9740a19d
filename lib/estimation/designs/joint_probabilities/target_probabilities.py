"""Inclusion probabilities that a design of fixed size is asked to have."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.unit_columns import probability_column
from lib.estimation.functionals import BoolArray, FloatArray

_LARGEST_GAP = 1e-6


@dataclass(frozen=True, eq=False)
class TargetProbabilities:
    """The probabilities of a population, certain units apart.

    Attributes:
        uncertain: π of the units that are not certain, in (0, 1), adding up to `n_uncertain`
        n_uncertain: how many of them are drawn
        is_uncertain: which units of the population they are

    """

    uncertain: FloatArray
    n_uncertain: int
    is_uncertain: BoolArray

    @classmethod
    def of(cls, inclusion_probability: npt.ArrayLike) -> "TargetProbabilities":
        """Return the target of the π of a whole population, in (0, 1].

        A sum of π that misses a whole number by rounding of the input is mended, in proportion to π(1 - π).

        Raises:
            ValueError: a probability is outside (0, 1], or they do not add up to a whole number

        """
        probability = probability_column(inclusion_probability, "inclusion_probability")
        is_uncertain = probability < 1.0
        uncertain = probability[is_uncertain]
        total = float(uncertain.sum())
        gap = round(total) - total
        if abs(gap) > _LARGEST_GAP:
            raise ValueError(
                f"inclusion_probability: the population's sum is {probability.sum():.9g}, which is no whole number; "
                "the probabilities of a design of fixed size n add up to n. Give those of every unit, sampled or not."
            )
        spread = uncertain * (1.0 - uncertain)
        if uncertain.size:
            uncertain = uncertain + gap * spread / spread.sum()
        return cls(uncertain, round(total), is_uncertain)

    def completed(self, joint: FloatArray) -> FloatArray:
        """Return the joint probabilities of all units from those of the uncertain: π_ij = π_j where i is certain."""
        first_order = np.ones(self.is_uncertain.size)
        first_order[self.is_uncertain] = self.uncertain
        full: FloatArray = np.minimum(first_order[:, None], first_order[None, :])
        full[np.ix_(self.is_uncertain, self.is_uncertain)] = joint
        return full
