"""The calibration equations and their solution by damped Newton steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lib.estimation.calibration.calibrated_design import CalibratedDesign
from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import BoolArray, FloatArray

_TOLERANCE = 1e-12
_MAX_STEPS = 100
_MAX_HALVINGS = 40


@dataclass(frozen=True)
class CalibrationDistance:
    """A distance between d and g·d, by what follows from it.

    Attributes:
        name: for messages
        factor: F, with F(0) = F'(0) = 1 and g = F(x'λ)
        slope: F'
        remedy: what to do if the totals cannot be met

    """

    name: str
    factor: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    remedy: str


def calibrate(base: LinearisedDesign, known: KnownTotals, distance: CalibrationDistance) -> CalibratedDesign:
    """Solve Σ d F(x'λ) x = Σ_U x for λ: Deville & Särndal (1992), section 2.

    Newton steps are halved until the misfit shrinks, because full exponential steps overshoot when the totals are far
    away. Redundant totals are solved by least squares and accepted if they agree with each other.

    Args:
        base: the design of the sample, weights d >= 0
        known: totals to meet, each within 1e-12 of its own size
        distance: linear, raking or bounded logit

    Returns:
        the calibrated design

    Raises:
        ValueError: lengths differ, a base weight is negative, or the totals cannot be met; the message names the
            worst of them

    """
    weights = base.weights
    if len(weights) != len(known.values):
        raise ValueError(f"Auxiliary variables have {len(known.values)} units, the sample has {len(weights)}.")
    if np.any(weights < 0.0):
        raise ValueError(
            f"Calibration needs design weights >= 0; the smallest is {weights.min():g}: calibrate the original design "
            "to all totals at once."
        )
    scale = np.maximum(np.abs(known.totals), weights @ np.abs(known.values))
    kept = scale > 0.0
    columns, targets = known.values[:, kept] / scale[kept], known.totals[kept] / scale[kept]
    factors, misfit = _solution(weights, columns, targets, distance)
    if np.abs(misfit).max(initial=0.0) > _TOLERANCE:
        raise ValueError(_refusal(known, weights * factors, scale, distance))
    return CalibratedDesign(base, _used(known, kept), factors)


def _solution(
    weights: FloatArray, columns: FloatArray, targets: FloatArray, distance: CalibrationDistance
) -> tuple[FloatArray, FloatArray]:
    multipliers = np.zeros(columns.shape[1])
    factors = np.ones_like(weights)
    misfit = targets - weights @ columns
    for _ in range(_MAX_STEPS):
        if np.abs(misfit).max(initial=0.0) <= _TOLERANCE:
            break
        slopes = weights * distance.slope(columns @ multipliers)
        step = np.linalg.lstsq((columns * slopes[:, np.newaxis]).T @ columns, misfit, rcond=None)[0]
        for halving in range(_MAX_HALVINGS):
            trial = multipliers + step / 2.0**halving
            # an overshooting exponential overflows to infinity, and the step is halved
            with np.errstate(over="ignore", invalid="ignore"):
                trial_factors = distance.factor(columns @ trial)
                trial_misfit = targets - (weights * trial_factors) @ columns
            if np.abs(trial_misfit).max() < np.abs(misfit).max():
                break
        else:
            break
        multipliers, factors, misfit = trial, trial_factors, trial_misfit
    return factors, misfit


def _refusal(known: KnownTotals, weights: FloatArray, scale: FloatArray, distance: CalibrationDistance) -> str:
    reached = weights @ known.values
    worst = int(np.argmax(np.abs(reached - known.totals) / np.where(scale > 0.0, scale, 1.0)))
    return (
        f"Calibration ({distance.name}) did not converge: {known.names[worst]!r} reached {reached[worst]:.10g} of its "
        f"known total {known.totals[worst]:.10g}. {distance.remedy}"
    )


def _used(known: KnownTotals, kept: BoolArray) -> KnownTotals:
    names = tuple(name for name, is_kept in zip(known.names, kept, strict=True) if is_kept)
    return KnownTotals(names, known.values[:, kept], known.totals[kept])
