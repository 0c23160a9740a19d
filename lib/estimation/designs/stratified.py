"""Simple random samples within strata; one stratum is a simple random sample."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.strata import Strata
from lib.estimation.designs.unit_columns import weight_column
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class StratifiedDesign(LinearisedDesign):
    """Simple random sampling without replacement within strata, with the finite population correction.

        V̂(Σ w z) = Σ_h (1 - n_h/N_h) n_h/(n_h - 1) Σ_i (w_i z_i - mean_h(w z))²

    Särndal, Swensson & Wretman (1992), result 3.7.2, with w = N_h/n_h. Give weights without population sizes for strata
    that were sampled with replacement, or from populations too large to correct for.

    Attributes:
        stratum: label of the stratum, one a sampled unit; None for a simple random sample
        population_size: N_h of the unit's stratum, one a sampled unit, the same within a stratum; inf for no
            correction; None for none at all
        given_weights: one a sampled unit; None for N_h/n_h

    """

    stratum: npt.ArrayLike | None
    population_size: npt.ArrayLike | None = None
    given_weights: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.weights.size == 0:
            raise ValueError("stratum: there is no sampled unit; a sample of fixed size has at least one a stratum.")
        self._strata.refuse_lonely(self._population_size == self._strata.n_sampled)

    @cached_property
    def _strata(self) -> Strata:
        for column in (self.stratum, self.population_size, self.given_weights):
            if column is not None:
                return Strata.of(self.stratum, np.asarray(column).size)
        raise ValueError("population_size: give N_h of each unit's stratum, or given_weights.")

    @cached_property
    def _population_size(self) -> FloatArray:
        """N_h, one entry a stratum; inf where there is no correction."""
        if self.population_size is None:
            return np.full(self._strata.labels.size, np.inf)
        sizes = np.asarray(self.population_size, dtype=np.float64)
        if sizes.shape != self._strata.of_unit.shape:
            raise ValueError(
                f"population_size: shape {sizes.shape} for {self._strata.of_unit.size} units; one a sampled unit."
            )
        if np.isnan(sizes).any():
            raise ValueError("population_size: missing for a unit; every stratum has a size (inf for no correction).")
        of_stratum = self._strata.constant(sizes, "population_size")
        is_too_small = of_stratum < self._strata.n_sampled
        if is_too_small.any():
            stratum = int(np.flatnonzero(is_too_small)[0])
            raise ValueError(
                f"population_size: {of_stratum[stratum]:g} in stratum {self._strata.labels[stratum]}, where "
                f"{self._strata.n_sampled[stratum]:g} units were sampled; give counts of units, not sampling fractions."
            )
        return of_stratum

    @cached_property
    def _weights(self) -> FloatArray:
        if self.given_weights is not None:
            return weight_column(self.given_weights, "given_weights", self._strata.of_unit.size)
        if not np.isfinite(self._population_size).all():
            raise ValueError("population_size: without given_weights every stratum needs a finite size.")
        weights: FloatArray = (self._population_size / self._strata.n_sampled)[self._strata.of_unit]
        return weights

    @property
    def weights(self) -> FloatArray:
        """N_h/n_h, or the weights that were given."""
        return self._weights

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ w z for `values` z of shape (units, statistics): (statistics)²."""
        correction = 1.0 - self._strata.n_sampled / self._population_size
        return self._strata.scatter(values * self.weights[:, None], correction[self._strata.of_unit])

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return units less strata, both counted within the domain, at least 1."""
        return self._strata.degrees_of_freedom(is_in_domain)


def simple_random_sample(*, n_sampled: int, population_size: float) -> StratifiedDesign:
    """Return the design of a simple random sample of `n_sampled` out of `population_size` units."""
    return StratifiedDesign(stratum=None, population_size=np.full(n_sampled, float(population_size)))
