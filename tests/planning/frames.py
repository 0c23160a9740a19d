"""Synthetic frames with known scores and truth, as cells for the plan and as units to draw from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

from lib.estimation.ladder_moments import LadderMoments
from lib.planning.cells import FloatArray, FrameCells
from lib.planning.experience import Experience
from lib.planning.inclusion import Thresholds
from lib.planning.label_model import ErrorRates, disagreement
from lib.planning.plan_model import Climbing, PlanModel

CLIMBING = Climbing(ErrorRates(0.8, 0.995), 0.2)
POLICIES = ("common", "rare")
IMPORTANCE = {"common": 0.1, "rare": 0.9}
UNIFORM_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class UnitFrame:
    """A population of one stratum `all`; scores are calibrated for the truth unless a test spoils them."""

    views: FloatArray
    scores: dict[str, FloatArray]

    @property
    def size(self) -> int:
        return len(self.views)

    @property
    def exposures(self) -> dict[str, FloatArray]:
        return {"units": np.ones(self.size), "views": self.views}

    @property
    def mixture(self) -> FloatArray:
        return 1.0 / self.size + self.views / self.views.sum()

    @property
    def size_measure(self) -> FloatArray:
        spread = np.sqrt(sum(IMPORTANCE[k] * s * (1 - s) for k, s in self.scores.items()))
        steered = self.mixture * spread
        return (1 - UNIFORM_SHARE) * steered / steered.sum() + UNIFORM_SHARE * self.mixture / self.mixture.sum()

    @property
    def nobody_positive(self) -> FloatArray:
        wrong = [IMPORTANCE[k] * disagreement(s, 0, CLIMBING.error_rates) for k, s in self.scores.items()]
        return np.sum(wrong, axis=0)

    def draw_truth(self, random: Generator, *, blind_share: float = 0.0) -> dict[str, FloatArray]:
        """Verdicts with the scores as probabilities, and so many more that `blind_share` of all ignore the scores."""
        truth = {}
        for policy, score in self.scores.items():
            unseen = score.mean() * blind_share / (1 - blind_share)
            seen = random.random(self.size) < score
            truth[policy] = (seen | (random.random(self.size) < unseen)).astype(float)
        return truth

    def cells(self, *, merged: bool = True) -> FrameCells:
        """A cell for each unit, or merged where exposure, size measure and score are alike."""
        tables = []
        for policy, score in self.scores.items():
            sums = {
                "n_units": np.ones(self.size),
                "size_measure": self.size_measure,
                "disagreement": self.nobody_positive,
            }
            for measure, x in self.exposures.items():
                sums |= {
                    f"exposure|{measure}": x,
                    f"score|{measure}": x * score,
                    f"squares|{measure}": x**2,
                    f"squares_score|{measure}": x**2 * score,
                    f"squares_per_size|{measure}": x**2 / self.size_measure,
                    f"squares_per_mixture|{measure}": x**2 / self.mixture,
                }
            bins = {
                "view_bin": np.floor(2 * np.log2(1 + self.views)),
                "size_bin": np.floor(2 * np.log2(self.size_measure)),
                "score_bin": np.floor(np.log2(score / (1 - score))),
            }
            table = pd.DataFrame(bins | sums)
            table = table.groupby(list(bins)).sum().reset_index(drop=True) if merged else table.drop(columns=list(bins))
            tables.append(table.assign(segment="all", segment_value="all", policy=policy, stratum="all"))
        return FrameCells(pd.concat(tables, ignore_index=True))

    def model(self, rungs: Sequence[str], rates: Sequence[ErrorRates], *, merged: bool = True) -> PlanModel:
        return PlanModel(
            cells=self.cells(merged=merged),
            policy_importance=IMPORTANCE,
            allocate=lambda budget: {"all": budget},
            smallest_budget=50,
            climbing=CLIMBING,
            rungs=tuple(rungs),
            error_rates=dict.fromkeys(POLICIES, rates),
            experience=Experience({}, {}),
        )


def key(policy: str) -> tuple[str, str, str]:
    """The whole population for one policy."""
    return ("all", "all", policy)


def unit_frame(random: Generator, *, size: int, prevalences: tuple[float, float], strength: float = 1.5) -> UnitFrame:
    """Heavy-tailed views; scores log-normal in their odds, with the given means."""
    views = np.floor(np.exp(random.normal(0.7, 1.0, size)))
    scores = {}
    for policy, prevalence in zip(POLICIES, prevalences, strict=True):
        odds = np.exp(random.normal(0.0, strength, size))
        odds *= prevalence / np.mean(odds / (1 + prevalence * odds))
        scores[policy] = odds / (1 + odds)
    return UnitFrame(views, scores)


def draw_moments(
    frame: UnitFrame,
    thresholds: Thresholds,
    rates: Sequence[ErrorRates],
    random: Generator,
    *,
    truth: dict[str, FloatArray],
) -> dict[tuple[str, str], LadderMoments]:
    """One replicate: a Poisson sample on every rung, verdicts on the `truth` with the errors of `rates`."""
    p = np.minimum(1.0, thresholds.first["all"] * frame.size_measure)
    taken = np.flatnonzero(random.random(frame.size) < p)
    verdicts = {k: _verdicts(truth[k][taken], rates, random) for k in frame.scores}
    on_rung, cumulative = np.ones(taken.size, dtype=bool), p[taken]
    reached, probabilities = [on_rung], [cumulative]
    for below, rung in enumerate(thresholds.climbing):
        wrong = np.sum(
            [
                IMPORTANCE[k]
                * np.where(verdicts[k][below] == 1, *(disagreement(s[taken], y, CLIMBING.error_rates) for y in (1, 0)))
                for k, s in frame.scores.items()
            ],
            axis=0,
        )
        chance = np.minimum(1.0, rung.chance(frame.mixture[taken], np.sqrt(wrong)) / cumulative)
        on_rung = on_rung & (random.random(taken.size) < chance)
        cumulative = cumulative * chance
        reached.append(on_rung)
        probabilities.append(cumulative)
    return {
        (policy, measure): LadderMoments.from_units(
            exposure=x[taken],
            verdicts=[np.where(here, y, np.nan) for here, y in zip(reached, verdicts[policy], strict=True)],
            probabilities=probabilities,
            population_size=frame.size,
            exposure_total=x.sum(),
            score=score[taken],
            score_total=float((x * score).sum()),
        )
        for policy, score in frame.scores.items()
        for measure, x in frame.exposures.items()
    }


def _verdicts(truth: FloatArray, rates: Sequence[ErrorRates], random: Generator) -> list[FloatArray]:
    verdicts = [truth]
    for rate in reversed(rates):
        chance = random.random(truth.size)
        above = verdicts[0]
        verdicts.insert(0, np.where(above == 1, chance < rate.sensitivity, chance >= rate.specificity).astype(float))
    return verdicts
