"""Raking: calibration with the exponential distance, to margins or to any totals."""

import numpy as np

from lib.estimation.calibration.calibrated_design import CalibratedDesign
from lib.estimation.calibration.calibration_equations import CalibrationDistance, calibrate
from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.designs.analysis_design import LinearisedDesign

EXPONENTIAL = CalibrationDistance(
    name="raking",
    factor=np.exp,
    slope=np.exp,
    remedy="No positive weights meet all totals: check them against the sample, merge thin categories, or drop one.",
)


def raked(base: LinearisedDesign, known: KnownTotals) -> CalibratedDesign:
    """Calibrate with positive weights: g = exp(x'λ).

    Deville & Särndal (1992), case 2. With margins (`KnownTotals.of_margins`) this is the limit of the iterative
    proportional fitting of Deming & Stephan (1940), reached by Newton steps instead of cycles over the margins.

    Args:
        base: the design of the sample, weights d >= 0
        known: totals to meet

    Returns:
        the calibrated design, all weights positive

    Raises:
        ValueError: no positive weights meet all totals

    """
    return calibrate(base, known, EXPONENTIAL)
