"""Samples drawn with replacement, or weights treated as if they were."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.strata import Strata
from lib.estimation.designs.unit_columns import probability_column, weight_column
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class PpsWithReplacement(LinearisedDesign):
    """Independent draws with unequal probabilities, optionally within strata: one entry a draw, repeats stay.

        V̂(Σ w z) = Σ_h m_h/(m_h - 1) Σ_i (w_i z_i - mean_h(w z))²

    Hansen & Hurwitz (1943); Särndal, Swensson & Wretman (1992), result 2.9.1, with w = 1/(m p). On a sample that was
    drawn without replacement, with w = 1/π, it is the usual conservative variance.

    Attributes:
        given_weights: one a draw, > 0
        stratum: label of the stratum, one a draw; None for one stratum

    """

    given_weights: npt.ArrayLike
    stratum: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.weights.size == 0:
            raise ValueError("given_weights: there is no draw; the variance needs at least two a stratum.")
        self._strata.refuse_lonely(np.zeros(self._strata.labels.size, dtype=bool))

    @classmethod
    def from_draws(cls, draw_probability: npt.ArrayLike, stratum: npt.ArrayLike | None = None) -> "PpsWithReplacement":
        """Return the design of m draws (m_h in each stratum), w = 1/(m p).

        Args:
            draw_probability: p of the unit drawn, in (0, 1]: its size over the total size of the (stratum's) population
            stratum: label of the stratum, one a draw; None for one stratum

        """
        probability = probability_column(draw_probability, "draw_probability")
        return cls(1.0 / (Strata.of(stratum, probability.size).n_of_unit * probability), stratum)

    @cached_property
    def _weights(self) -> FloatArray:
        return weight_column(self.given_weights, "given_weights")

    @cached_property
    def _strata(self) -> Strata:
        return Strata.of(self.stratum, self._weights.size)

    @property
    def weights(self) -> FloatArray:
        """One weight a draw."""
        return self._weights

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ w z for `values` z of shape (draws, statistics): (statistics)²."""
        return self._strata.scatter(values * self.weights[:, None], np.ones(self.weights.size))

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return draws less strata, both counted within the domain, at least 1."""
        return self._strata.degrees_of_freedom(is_in_domain)
