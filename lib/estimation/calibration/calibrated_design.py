"""A design whose weights meet known totals; its variance is that of the weighted calibration residuals."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class CalibratedDesign(LinearisedDesign):
    """Weights g·d with Σ g d x = Σ_U x, and the variance of Σ g d e.

    e = z - B'x is the residual of the influence values z in the regression weighted by the design weights d. All
    calibration distances have this variance: Deville & Särndal (1992), section 3; with the g-weighted residuals of
    Särndal, Swensson & Wretman (1992), section 6.6, as R's survey.

    Attributes:
        base: the design of the sample, weights d >= 0
        known: the auxiliary variables and their totals
        factors: g, one a sampled unit

    """

    base: LinearisedDesign
    known: KnownTotals
    factors: FloatArray

    @property
    def weights(self) -> FloatArray:
        """g·d, one a sampled unit; linear calibration can make some negative."""
        return self.factors * self.base.weights

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the base design's covariance of Σ d·(g e), one statistic a column of `values`."""
        return self.base.total_covariance(self.factors[:, np.newaxis] * self._residuals(values))

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return those of the base design: calibration costs none, as in R's survey."""
        return self.base.degrees_of_freedom(is_in_domain)

    def _residuals(self, values: FloatArray) -> FloatArray:
        root = np.sqrt(self.base.weights)[:, np.newaxis]
        # columns of like size keep the smallest singular values above the cut-off of redundant ones
        columns = self.known.values / np.abs(self.known.values).max(axis=0)
        coefficients = np.linalg.lstsq(root * columns, root * values, rcond=None)[0]
        return np.asarray(values - columns @ coefficients, dtype=np.float64)
