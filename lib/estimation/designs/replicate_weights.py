"""Replicate weights: the variance is how much the estimate changes from one reweighting of the sample to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import BoolArray, FloatArray, Functional

_RANK_TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class ReplicateDesign:
    """A sample with replicate weights, given with the data or made by one of the constructors beside this module.

        V̂(θ̂) = scale · Σ_r rscales_r (θ̂_r - c)²        c = the mean of the θ̂_r, or θ̂ itself if `is_mse`

    Source: Wolter (2007), "Introduction to Variance Estimation", chapters 3-5. Each functional is evaluated under each
    replicate's weights, so nothing is linearised.

    Attributes:
        given_weights: the full-sample weights, one a unit
        replicate_weights: (units, replicates); they include the full-sample weight
        scale: common factor, > 0
        rscales: factor of each replicate, >= 0; None for 1
        is_mse: whether deviations are taken from the full-sample estimate instead of the mean of the replicates
        given_degrees_of_freedom: None takes the rank of the replicate weights less 1

    """

    given_weights: npt.ArrayLike
    replicate_weights: npt.ArrayLike
    scale: float = 1.0
    rscales: npt.ArrayLike | None = None
    is_mse: bool = False
    given_degrees_of_freedom: float | None = None

    def __post_init__(self) -> None:
        n_units = self.weights.size
        if self._replicates.ndim != 2 or self._replicates.shape[0] != n_units:
            raise ValueError(
                f"replicate_weights: shape {self._replicates.shape}; one row for each of the {n_units} units, one "
                "column a replicate."
            )
        if self._replicates.shape[1] < 2:
            raise ValueError("replicate_weights: a variance needs at least two replicates.")
        if not (np.isfinite(self.weights).all() and np.isfinite(self._replicates).all()):
            raise ValueError(
                "replicate_weights: a weight is missing or infinite; every unit has one in each replicate."
            )
        if not (self.scale > 0.0 and np.isfinite(self.scale)):
            raise ValueError(f"scale: {self.scale}; the factor of the sum of squares is a number above 0.")
        if self._rscales.shape != (self._replicates.shape[1],) or not (self._rscales >= 0.0).all():
            raise ValueError(f"rscales: {self._rscales.size} factors; one >= 0 for each replicate.")

    @cached_property
    def weights(self) -> FloatArray:
        """One weight a unit."""
        return np.asarray(self.given_weights, dtype=np.float64)

    @cached_property
    def _replicates(self) -> FloatArray:
        return np.asarray(self.replicate_weights, dtype=np.float64)

    @cached_property
    def _rscales(self) -> FloatArray:
        if self.rscales is None:
            return np.ones(self._replicates.shape[1])
        rscales = np.asarray(self.rscales, dtype=np.float64)
        return np.full(self._replicates.shape[1], float(rscales)) if rscales.ndim == 0 else rscales

    def replicate_values(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the estimates of each replicate, of shape (replicates, functionals).

        Raises:
            ValueError: a statistic has no value in some replicate, as a ratio whose domain has no weight there

        """
        columns = np.ascontiguousarray(self._replicates.T)
        values = np.array([[functional.value(weights) for functional in functionals] for weights in columns])
        is_undefined = ~np.isfinite(values).all(axis=1)
        if is_undefined.any():
            raise ValueError(
                f"replicate_weights: {int(is_undefined.sum())} of {is_undefined.size} replicates leave a statistic "
                "without a value (its domain has no weight there); leaving them out would understate the variance. "
                "Widen the domain, or use the linearised variance of the design."
            )
        return values

    def covariance(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the covariance matrix of the estimates over the replicates."""
        values = self.replicate_values(functionals)
        if self.is_mse:
            centre = np.array([functional.value(self.weights) for functional in functionals])
        else:
            centre = values[self._rscales > 0.0].mean(axis=0)
        deviations = values - centre
        covariance: FloatArray = self.scale * np.einsum("r,rj,rk->jk", self._rscales, deviations, deviations)
        return covariance

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return the rank of the replicate weights (within the domain) less 1, at least 1.

        For jackknife, balanced half-samples and bootstrap of clusters that is the number of PSUs less that of strata:
        Rust & Rao (1996).
        """
        if is_in_domain is None:
            return self._full_degrees_of_freedom
        return min(self._full_degrees_of_freedom, _degrees_of_freedom(self._replicates[is_in_domain]))

    @cached_property
    def _full_degrees_of_freedom(self) -> float:
        if self.given_degrees_of_freedom is not None:
            return max(1.0, float(self.given_degrees_of_freedom))
        return _degrees_of_freedom(self._replicates)


def _degrees_of_freedom(replicates: FloatArray) -> float:
    if replicates.size == 0:
        return 1.0
    # each column to length 1: a replicate is no less a replicate because its weights are small
    length = np.sqrt(np.einsum("ur,ur->r", replicates, replicates))
    scaled = replicates / np.where(length > 0.0, length, 1.0)
    return float(max(1, int(np.linalg.matrix_rank(scaled, rtol=_RANK_TOLERANCE)) - 1))
