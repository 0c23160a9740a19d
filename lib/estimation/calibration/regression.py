"""Generalised regression estimator (GREG): calibration with the linear (chi-square) distance."""

import numpy as np

from lib.estimation.calibration.calibrated_design import CalibratedDesign
from lib.estimation.calibration.calibration_equations import CalibrationDistance, calibrate
from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.designs.analysis_design import LinearisedDesign

LINEAR = CalibrationDistance(
    name="linear",
    factor=lambda u: 1.0 + u,
    slope=np.ones_like,
    remedy="The known totals contradict each other: make redundant ones agree, or drop one.",
)


def regression_calibrated(base: LinearisedDesign, known: KnownTotals) -> CalibratedDesign:
    """Calibrate by regression: g = 1 + (Σ_U x - Σ d x)'(Σ d x x')⁻¹ x.

    Särndal, Swensson & Wretman (1992), section 6.5, with constant residual variance; Deville & Särndal (1992), case 1.
    Totals estimated with g·d are regression estimates. A weight can be negative: use `raked` or `bounded_logit` where
    that matters.

    Args:
        base: the design of the sample, weights d >= 0
        known: totals to meet; include a vector of ones with the population size unless the sizes of all categories of
            a margin are there

    Returns:
        the calibrated design

    Raises:
        ValueError: the totals contradict each other

    """
    return calibrate(base, known, LINEAR)
