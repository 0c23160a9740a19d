"""Poisson samples: every unit was taken or not on its own."""

from dataclasses import dataclass
from functools import cached_property

import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.strata import Strata
from lib.estimation.designs.unit_columns import probability_column
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class PoissonDesign(LinearisedDesign):
    """Independent selection with known probabilities; also bottom-k samples with rank-conditioned probabilities.

        V̂(Σ z/π) = Σ (1 - π)/π² z²

    Särndal, Swensson & Wretman (1992), section 3.5; for bottom-k samples with p = min(1, w τ) it is unbiased as well
    (Duffield, Lund & Thorup 2007). Units with π = 1 add nothing.

    Attributes:
        inclusion_probability: π, in (0, 1]
        stratum: label of the stratum. Units of a Poisson sample are independent across and within strata, so it
            changes the degrees of freedom only; None for one stratum

    """

    inclusion_probability: npt.ArrayLike
    stratum: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        _ = self._strata  # a column that does not fit is refused here, not at the first estimate

    @cached_property
    def _probability(self) -> FloatArray:
        return probability_column(self.inclusion_probability, "inclusion_probability")

    @cached_property
    def _strata(self) -> Strata:
        return Strata.of(self.stratum, self._probability.size)

    @property
    def weights(self) -> FloatArray:
        """1/π."""
        return 1.0 / self._probability

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return Σ (1 - π)/π² z z' for `values` z of shape (units, statistics): (statistics)²."""
        weighted = values * self.weights[:, None]
        covariance: FloatArray = (weighted * (1.0 - self._probability)[:, None]).T @ weighted
        return covariance

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return units less strata, both counted within the domain, at least 1."""
        return self._strata.degrees_of_freedom(is_in_domain)
