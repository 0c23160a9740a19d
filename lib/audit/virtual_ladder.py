"""The label ladder of a design on many samples of a virtual frame: one climb for all policies, moments for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from lib.audit.population import AuditPopulation, FloatArray
from lib.audit.repeated_draws import RepeatedDraws
from lib.audit.repeated_ladder import ASSUMED_RATES, RepeatedLadder, climbing_chances, ladder_moments
from lib.audit.virtual_draws import VirtualDraws
from lib.audit.virtual_frame import VirtualFrame, VirtualVerdicts
from lib.estimation.ladder_moments import LadderMoments
from lib.planning.label_model import disagreement

# As lib/sampling/rungs.py takes a policy that has no score.
UNSCORED = 0.001


@dataclass(frozen=True, eq=False)
class LabelledDraws:
    """All samples with what their labelers say.

    Attributes:
        draws: the samples
        verdicts: policy to the verdict of each rung on each sampled copy, lowest rung first
        ladder: who got to which rung; its units are the entries of `draws`

    """

    draws: VirtualDraws
    verdicts: Mapping[str, tuple[FloatArray, ...]]
    ladder: RepeatedLadder


def label_draws(
    frame: VirtualFrame,
    draws: VirtualDraws,
    verdicts: Mapping[str, VirtualVerdicts],
    *,
    rung_sizes: Sequence[int | None],
    policy_importance: Mapping[str, float],
    random: Generator,
) -> LabelledDraws:
    """Label and climb as `lib.sampling.rungs.climb_to_rung` does: q ∝ (m/P)√(Σ_k a_k d_k) with a uniform share.

    Args:
        frame: the population
        draws: the samples
        verdicts: policy to the verdicts on the population
        rung_sizes: expected units on each rung above the first; None: all of the rung below
        policy_importance: a_k of every policy
        random: source of randomness

    Returns:
        the labelled samples

    """
    given = {policy: population.of(draws.unit, draws.copy) for policy, population in verdicts.items()}
    on_rung = [np.ones(draws.unit.size, dtype=bool)]
    probabilities = [draws.inclusion_probability]
    mixture = frame.mixture[draws.unit]
    for rung, size in enumerate(rung_sizes):
        here = np.flatnonzero(on_rung[-1])
        chance = np.zeros(draws.unit.size)
        chance[here] = 1.0
        if size is not None:
            doubt = np.zeros(here.size)
            for policy, importance in policy_importance.items():
                score = np.nan_to_num(frame.scores[policy][draws.unit[here]], nan=UNSCORED)
                doubt += importance * _disagreement(score, given[policy][rung][here])
            exposed = mixture[here] / probabilities[-1][here]
            chance[here] = climbing_chances(
                exposed, exposed * np.sqrt(doubt), draws.replicate[here], draws.n_replicates, size
            )
        on_rung.append(random.random(chance.size) < chance)
        probabilities.append(probabilities[-1] * chance)
    entries = np.arange(draws.unit.size)
    repeated = RepeatedDraws(draws.n_replicates, draws.replicate, entries, draws.inclusion_probability)
    return LabelledDraws(draws, given, RepeatedLadder(repeated, tuple(on_rung), tuple(probabilities)))


def frame_moments(
    frame: VirtualFrame,
    labelled: LabelledDraws,
    *,
    policy: str,
    measure: str,
    rungs: Sequence[str],
    weight_bound: float,
) -> list[LadderMoments]:
    """Moments of each sample over all strata.

    Args:
        frame: the population
        labelled: its samples
        policy: whose verdicts
        measure: whose exposure
        rungs: names of the rungs, lowest first
        weight_bound: largest x/P on the last rung that the design allows; a larger one that was seen takes its place

    Returns:
        one entry a sample

    """
    exposure, score = frame.exposures[measure], np.nan_to_num(frame.scores[policy])
    unit = labelled.draws.unit
    sampled = AuditPopulation({measure: exposure[unit]}, score[unit], labelled.verdicts[policy])
    totals = {
        "rungs": tuple(rungs),
        "has_score": frame.has_score(policy),
        "population_size": float(frame.population_size),
        "exposure_total": frame.total(exposure),
        "score_total": frame.total(exposure * score),
    }
    return [
        replace(moments, **totals, largest_weight=max(moments.largest_weight, weight_bound))  # type: ignore[arg-type]  # of several types
        for moments in ladder_moments(sampled, labelled.ladder, measure=measure)
    ]


def _disagreement(score: FloatArray, verdict: FloatArray) -> FloatArray:
    """P(the verdict is wrong | verdict, score) by the rates that the climb assumes."""
    positive, negative = (disagreement(score, given, ASSUMED_RATES) for given in (1, 0))
    return np.where(verdict == 1.0, positive, negative)
