"""Estimates of several functionals from one sample, with their covariance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import FloatArray, Functional


@dataclass(frozen=True, eq=False)
class DesignEstimates:
    """Estimates θ̂ with their covariance, in the order of the functionals.

    Attributes:
        values: θ̂
        covariance: Ĉov(θ̂)

    """

    values: FloatArray
    covariance: FloatArray

    @property
    def std_errors(self) -> FloatArray:
        """Square roots of the variances; a rounding error below 0 is 0."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def transformed(self, values: Sequence[float], gradient: Sequence[Sequence[float]]) -> "DesignEstimates":
        """Return smooth functions of the estimates by the delta method (Wolter 2007, theorem 6.2.1).

        Args:
            values: the functions at θ̂
            gradient: their derivatives, one row a function, one column an estimate

        Returns:
            the functions with their covariance

        """
        slope = np.atleast_2d(np.asarray(gradient, dtype=np.float64))
        return DesignEstimates(np.asarray(values, dtype=np.float64), slope @ self.covariance @ slope.T)

    def contrast(self, coefficients: Sequence[Sequence[float]]) -> "DesignEstimates":
        """Return linear combinations of the estimates, one row of `coefficients` a combination."""
        slope = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
        return DesignEstimates(slope @ self.values, slope @ self.covariance @ slope.T)


def estimate(design: AnalysisDesign, functionals: Sequence[Functional]) -> DesignEstimates:
    """Estimate `functionals` from the sample that `design` describes.

    Args:
        design: weights and covariance of the sample
        functionals: totals, means, ratios, all over the units of the sample

    Returns:
        values and covariance

    """
    values = np.array([functional.value(design.weights) for functional in functionals])
    return DesignEstimates(values, design.covariance(functionals))
