"""A population whose truth is known, and synthetic ones with scores of several kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from numpy.random import Generator
from scipy.optimize import brentq
from scipy.special import expit

FloatArray = npt.NDArray[np.float64]
ScoreKind = Literal["good", "weak", "blind_spot", "over_confident", "none"]
SCORE_KINDS: tuple[ScoreKind, ...] = get_args(ScoreKind)

# Spread of the log-odds of violating: an area under the ROC curve of about .95 and .83.
_STRENGTHS = {"weak": 1.35}
_STRENGTH = 2.4
_BLIND_SHARE = 0.15
_OVER_CONFIDENCE = 3.0
_MEDIAN_VIEWS, _LOG_VIEWS_SPREAD = 2.2, 1.1


@dataclass(frozen=True, eq=False)
class AuditPopulation:
    """All units of one day, one entry each.

    Attributes:
        exposures: x by measure
        score: calibrated or not, in [0, 1]
        verdicts: verdict of each labeler on every unit, 0 or 1, lowest rung first; the last is the truth

    """

    exposures: Mapping[str, FloatArray]
    score: FloatArray
    verdicts: tuple[FloatArray, ...]

    @property
    def mixture(self) -> FloatArray:
        """M = Σ_j β_j x_j/X_j over the measures, all β equal: what size measures are proportional to."""
        shares = [exposure / exposure.sum() for exposure in self.exposures.values()]
        mixture: FloatArray = np.mean(shares, axis=0)
        return mixture

    def prevalence(self, measure: str) -> float:
        """R = Σ x y / Σ x."""
        exposure = self.exposures[measure]
        return float(exposure @ self.verdicts[-1] / exposure.sum())


@dataclass(frozen=True)
class LabelerErrors:
    """Error rates of a simulated labeler; false alarms are as frequent as violations unless those are frequent."""

    sensitivity: float
    largest_false_alarm_rate: float

    def verdicts(self, truth: FloatArray, prevalence: float, random: Generator) -> FloatArray:
        """Verdicts on units with this truth."""
        chance = np.where(truth == 1.0, self.sensitivity, min(self.largest_false_alarm_rate, prevalence))
        return (random.random(truth.size) < chance).astype(np.float64)


LLM = LabelerErrors(sensitivity=0.85, largest_false_alarm_rate=0.005)
HUMAN = LabelerErrors(sensitivity=0.95, largest_false_alarm_rate=0.0005)


def synthetic_population(
    size: int, *, prevalence: float, score_kind: ScoreKind, n_rungs: int, random: Generator
) -> AuditPopulation:
    """Return a population with log-normal views (a quarter of the units has none) and violations that follow a risk.

    The score is the risk itself (good: area under the ROC curve about .95, weak: .83), the risk of another unit for
    15 % of the violations (blind_spot), three times the risk (over_confident), or the same for all (none).

    Args:
        size: units
        prevalence: expected share of violating units
        score_kind: as above
        n_rungs: labelers; 1: the truth, 2: an LLM and the truth, 3: an LLM, people and the truth
        random: source of randomness

    Returns:
        the population

    """
    log_odds = _STRENGTHS.get(score_kind, _STRENGTH) * random.normal(size=size)
    intercept = brentq(lambda value: float(expit(value + log_odds).mean()) - prevalence, -60.0, 20.0)
    risk = expit(intercept + log_odds)
    truth = (random.random(size) < risk).astype(np.float64)
    below = [labeler.verdicts(truth, prevalence, random) for labeler in (LLM, HUMAN)[: n_rungs - 1]]
    views = np.floor(_MEDIAN_VIEWS * np.exp(_LOG_VIEWS_SPREAD * random.normal(size=size)))
    return AuditPopulation(
        exposures={"units": np.ones(size), "views": views},
        score=_score(risk, truth, score_kind, prevalence, random),
        verdicts=(*below, truth),
    )


def _score(
    risk: FloatArray, truth: FloatArray, score_kind: ScoreKind, prevalence: float, random: Generator
) -> FloatArray:
    if score_kind == "blind_spot":
        is_blind = (truth == 1.0) & (random.random(risk.size) < _BLIND_SHARE)
        return np.where(is_blind, random.permutation(risk), risk)
    if score_kind == "over_confident":
        return np.minimum(0.98, _OVER_CONFIDENCE * risk)
    if score_kind == "none":
        return np.full_like(risk, prevalence)
    return risk
