"""How truth may relate to scores: as the scores say, and two ways in which they mislead."""

import numpy as np

from lib.audit.population import FloatArray
from schemas.design_audits import SCENARIOS

BLIND_SHARE = 0.15
OVER_CONFIDENCE = 3.0


def risk_under(scenario: str, calibrated: FloatArray, weights: FloatArray) -> FloatArray:
    """P(violates) of each unit under a scenario of `schemas.design_audits`; draws and estimates keep the scores.

    calibrated: r = s; blind_spot: r = 0.85 s + 0.15 s̄, so 15 % of the violations are anywhere; over_confident: r = s/3.

    Args:
        scenario: name of the scenario
        calibrated: s, P(violates) if the score is right
        weights: units that each entry stands for

    Returns:
        r in [0, 1]

    Raises:
        ValueError: the scenario is not known

    """
    if scenario not in SCENARIOS:
        raise ValueError(f"Scenario {scenario!r} is not known; choose one of {', '.join(SCENARIOS)}.")
    if scenario == "blind_spot":
        mean = float(np.average(calibrated, weights=weights))
        return (1.0 - BLIND_SHARE) * calibrated + BLIND_SHARE * mean
    if scenario == "over_confident":
        return calibrated / OVER_CONFIDENCE
    return calibrated
