"""Synthetic populations with known truth, and Poisson samples of them on one to three rungs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.random import Generator
from scipy.optimize import brentq

from lib.estimation.ladder_moments import FloatArray, LadderMoments


@dataclass(frozen=True)
class Population:
    exposure: FloatArray
    score: FloatArray
    verdicts: tuple[FloatArray, ...]  # the last one is the truth
    conditional_probabilities: tuple[FloatArray, ...]  # p, q2, q3

    @cached_property
    def exposure_times_score(self) -> FloatArray:
        return self.exposure * self.score

    @property
    def prevalence(self) -> float:
        return float((self.exposure * self.verdicts[-1]).sum() / self.exposure.sum())

    def draw(self, random: Generator) -> LadderMoments:
        """Poisson sample on every rung, each with its own random numbers."""
        taken = np.flatnonzero(random.random(self.exposure.size) < self.conditional_probabilities[0])
        on_rung = np.ones(taken.size, dtype=bool)
        cumulative = np.ones(taken.size)
        verdicts, probabilities = [], []
        for rung, (verdict, conditional) in enumerate(zip(self.verdicts, self.conditional_probabilities, strict=True)):
            if rung > 0:
                on_rung &= random.random(taken.size) < conditional[taken]
            cumulative = cumulative * conditional[taken]
            verdicts.append(np.where(on_rung, verdict[taken], np.nan))
            probabilities.append(cumulative)
        return LadderMoments.from_units(
            exposure=self.exposure[taken],
            score=self.score[taken],
            verdicts=verdicts,
            probabilities=probabilities,
            population_size=self.exposure.size,
            exposure_total=self.exposure.sum(),
            score_total=self.exposure_times_score.sum(),
        )


def heavy_tailed_population(
    *,
    sample_sizes: tuple[float, ...],
    prevalence: float = 0.01,
    score_strength: float = 2.0,
    score_factor: float = 1.0,
    sensitivity: float = 0.8,
    specificity: float = 0.99,
) -> Population:
    """20,000 units with log-normal views and an imperfect LLM, one rung for each of `sample_sizes`.

    A `score_factor` other than 1 spoils the calibration of the score.
    """
    random, size, n_rungs = np.random.default_rng(1), 20_000, len(sample_sizes)
    exposure = np.ceil(np.exp(random.normal(size=size)))
    signal = score_strength * random.normal(size=size)
    intercept = brentq(lambda value: np.mean(1 / (1 + np.exp(-value - signal))) - prevalence, -40, 10)
    risk = 1 / (1 + np.exp(-intercept - signal))
    truth = (random.random(size) < risk).astype(float)
    score = np.minimum(1.0, score_factor * risk)
    llm = _labelled(truth, sensitivity, specificity, random)
    human = _labelled(truth, 0.95, 0.999, random)

    by_risk = exposure * np.sqrt(score * (1.0 - score))
    p = _probabilities(0.8 * by_risk / by_risk.sum() + 0.2 * exposure / exposure.sum(), np.ones(size), sample_sizes[0])
    doubt = exposure * np.sqrt(np.where(llm == 1.0, 0.25, np.maximum(0.2 * score, 1e-4)))
    conditional = [p]
    for expected in sample_sizes[1:n_rungs]:
        reached = np.prod(conditional, axis=0)
        conditional.append(_probabilities(doubt / reached, reached, expected))
    return Population(
        exposure=exposure,
        score=score,
        verdicts=((truth,), (llm, truth), (llm, human, truth))[n_rungs - 1],
        conditional_probabilities=tuple(conditional),
    )


def _labelled(truth: FloatArray, sensitivity: float, specificity: float, random: Generator) -> FloatArray:
    draw = random.random(truth.size)
    return np.where(truth == 1.0, draw < sensitivity, draw > specificity).astype(float)


def _probabilities(size_measure: FloatArray, reached: FloatArray, expected: float) -> FloatArray:
    """Probabilities min(1, c·size) that keep `expected` units, given the probability of having reached the rung."""
    factor = brentq(lambda c: (np.minimum(1.0, c * size_measure) * reached).sum() - expected, 0.0, 1e9)
    return np.minimum(1.0, factor * size_measure)


def confirmed_but_never_viewed() -> dict[str, Any]:
    """Of 30 units the first rung flags two; the second confirms the one that nobody viewed, and sees not the other."""
    unit = np.arange(30)
    return {
        "exposure": np.where(unit == 0, 0.0, 2.0),
        "score": np.linspace(0.5, 0.1, 30),
        "verdicts": [(unit < 2).astype(float), np.where(unit % 3 == 0, (unit == 0).astype(float), np.nan)],
        "probabilities": [np.full(30, 0.5), np.full(30, 0.25)],
    }
