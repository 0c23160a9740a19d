"""Calibration with weights bounded on both sides: the logit distance."""

import numpy as np
from scipy import special

from lib.estimation.calibration.calibrated_design import CalibratedDesign
from lib.estimation.calibration.calibration_equations import CalibrationDistance, calibrate
from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import FloatArray


def bounded_logit_calibrated(
    base: LinearisedDesign, known: KnownTotals, *, lowest: float, highest: float
) -> CalibratedDesign:
    """Calibrate with lowest < g < highest: Deville & Särndal (1992), case 6.

        g = L + (U - L)·expit(logit((1 - L)/(U - L)) + A x'λ)        A = (U - L)/((1 - L)(U - 1))

    which is their (L(U - 1) + U(1 - L) exp(A u))/(U - 1 + (1 - L) exp(A u)) without overflow.

    Args:
        base: the design of the sample, weights d >= 0
        known: totals to meet
        lowest: L in [0, 1)
        highest: U > 1, finite

    Returns:
        the calibrated design

    Raises:
        ValueError: the bounds do not enclose 1, or no weights within them meet all totals

    """
    if not (0.0 <= lowest < 1.0 < highest < np.inf):
        raise ValueError(f"Bounds on g must be 0 <= lowest < 1 < highest; they are {lowest} and {highest}.")
    return calibrate(base, known, _logit(lowest, highest))


def _logit(lowest: float, highest: float) -> CalibrationDistance:
    width = highest - lowest
    start = special.logit((1.0 - lowest) / width)
    rate = width / ((1.0 - lowest) * (highest - 1.0))

    def share(u: FloatArray) -> FloatArray:
        return np.asarray(special.expit(start + rate * u), dtype=np.float64)

    return CalibrationDistance(
        name=f"logit within [{lowest:g}, {highest:g}]",
        factor=lambda u: lowest + width * share(u),
        slope=lambda u: width * rate * share(u) * (1.0 - share(u)),
        remedy="No weights within the bounds meet all totals: widen the bounds, or drop a total.",
    )
