"""What an analysis design is: weights, the covariance of estimates, and the degrees of freedom of that covariance."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from lib.estimation.functionals import BoolArray, FloatArray, Functional


class AnalysisDesign(Protocol):
    """How a sample was drawn; every estimate from the sample goes through it."""

    @property
    def weights(self) -> FloatArray:
        """One weight a sampled unit, > 0 (calibrated weights may be any finite number)."""

    def covariance(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the estimated covariance matrix of the estimates of `functionals`, in their order."""

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return the degrees of freedom of a variance within the domain, at least 1."""


class LinearisedDesign(ABC):
    """A design whose variance is that of the weighted total of influence values."""

    @property
    @abstractmethod
    def weights(self) -> FloatArray:
        """One weight a sampled unit."""

    @abstractmethod
    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ w z for `values` z of shape (units, statistics): (statistics)²."""

    @abstractmethod
    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return the degrees of freedom of a variance within the domain, at least 1."""

    def covariance(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the covariance of the estimates by Taylor linearisation (Woodruff 1971; Binder 1983)."""
        influences = [functional.influence(self.weights) for functional in functionals]
        return self.total_covariance(np.stack(influences, axis=1))
