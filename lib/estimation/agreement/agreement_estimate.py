"""A coefficient of agreement with its standard error and interval, or the reason why there is none."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import numpy as np
from scipy import stats

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import FloatArray, Functional

AgreementInterval = Literal["fisher", "wald", "percentile"]
AGREEMENT_INTERVALS: tuple[AgreementInterval, ...] = get_args(AgreementInterval)
# Coefficients are of the order of 1: a smaller standard error is rounding.
_NO_VARIANCE = 1e-9


class AgreementCoefficient(Functional, Protocol):
    """A coefficient 1 - D_o/D_e."""

    def disagreements(self, weights: FloatArray) -> tuple[float, float]:
        """Return the disagreement observed, D_o, and that expected by chance, D_e."""

    def largest_disagreement(self, weights: FloatArray) -> float:
        """Return the D_o of a sample in which every pair disagrees as much as a pair can."""


@dataclass(frozen=True)
class AgreementEstimate:
    """A coefficient of agreement.

    Attributes:
        estimate: at most 1; None if there is no coefficient
        std_error: None if refused
        low: lower limit; None if refused
        high: upper limit, at most 1; None if refused
        refused: why there is no coefficient, or one without limits, with the remedy; None if there are both

    """

    estimate: float | None
    std_error: float | None
    low: float | None
    high: float | None
    refused: str | None = None


def agreement_estimate(
    design: AnalysisDesign,
    coefficient: AgreementCoefficient,
    *,
    effective_size: float,
    degrees_of_freedom: float | None = None,
    level: float = 0.95,
    interval: AgreementInterval = "fisher",
) -> AgreementEstimate:
    """Estimate a coefficient from the sample that `design` describes.

    `fisher` limits are tanh(artanh κ ± t·se/(1 - κ²)) (Fisher 1921), which stay below 1; over repeated samples of rare
    verdicts they cover as well as or better than κ ± t·se (`wald`). `percentile` limits are quantiles of the replicates
    of a `ReplicateDesign` (Efron 1979). Without any disagreement there is no variance to see: the lower limit is then
    that of a sample whose disagreement is the exact upper limit of 0 among `effective_size` pairs. Any other
    coefficient without a variance gets no limits: it is 0 because a rater used one category only, whatever the others
    said, or sits where its derivative vanishes; the sample then does not tell how far it can be from the truth.

    Args:
        design: of the units
        coefficient: over the same units
        effective_size: units with two verdicts, by Kish's rule (Σ w)²/Σ w²
        degrees_of_freedom: None for those of the design
        level: nominal coverage in (0, 1)
        interval: kind of limits

    Returns:
        the estimate; refused if no unit has two verdicts, or all verdicts are alike

    Raises:
        ValueError: the level is outside (0, 1), or percentile limits are asked of a design without replicates

    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: {level} is not in (0, 1); give 0.95 for 95 %.")
    if not effective_size > 0.0:
        return _refused("No unit has two verdicts: have some units judged twice.")
    observed, expected = coefficient.disagreements(design.weights)
    if not expected > 0.0:
        return _refused(
            "All verdicts are the same, so agreement beyond chance has no meaning: judge more varied units."
        )
    tail = (1.0 - level) / 2.0
    if observed <= 0.0:
        unseen = coefficient.largest_disagreement(design.weights) * -math.expm1(math.log(tail) / effective_size)
        return AgreementEstimate(1.0, 0.0, max(-1.0, 1.0 - unseen / expected), 1.0)
    found = estimate(design, [coefficient])
    value, std_error = float(found.values[0]), float(found.std_errors[0])
    if not std_error > _NO_VARIANCE:
        return without_limits(
            value, "The sample shows no variance of the coefficient, so there are no limits: judge more varied units."
        )
    if interval == "percentile":
        low, high = _percentiles(design, coefficient, tail)
    else:
        t = float(stats.t.isf(tail, degrees_of_freedom or design.degrees_of_freedom()))
        low, high = _symmetric(value, t * std_error, interval)
    return AgreementEstimate(value, std_error, low, high)


def without_limits(value: float, reason: str) -> AgreementEstimate:
    """Return a coefficient of which the sample does not tell how sure it is, and why."""
    return AgreementEstimate(value, None, None, None, reason)


def _symmetric(value: float, reach: float, interval: AgreementInterval) -> tuple[float, float]:
    if interval == "wald" or value <= -1.0:
        return value - reach, min(1.0, value + reach)
    centre, reach = math.atanh(value), reach / (1.0 - value**2)
    return math.tanh(centre - reach), math.tanh(centre + reach)


def _percentiles(design: AnalysisDesign, coefficient: Functional, tail: float) -> tuple[float, float]:
    if not isinstance(design, ReplicateDesign):
        raise ValueError(
            "interval: percentile limits need a design with replicates; choose fisher, or give replicates."
        )
    values = design.replicate_values([coefficient])[:, 0]
    low, high = (float(limit) for limit in np.quantile(values, [tail, 1.0 - tail]))
    return low, high


def _refused(reason: str) -> AgreementEstimate:
    return AgreementEstimate(None, None, None, None, reason)
