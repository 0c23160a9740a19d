"""What a scorer makes of probes, measured against the population that it scored.

A score is no verdict: it decides how likely a unit is drawn and labelled. Below one half, the size measure at equal
exposure rises with the score, so the question is whether a probe stands among the units that the design favours: its
score lies above all but a small share of the day's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.probes.probe_case import ProbeCase
from lib.scoring.text_scorer import UNIT, TextScorer


@dataclass(frozen=True)
class PopulationScores:
    """One policy's scores on a day: the score above which the suspects lie, and the mean √(s(1 - s))."""

    threshold: float
    mean_spread: float


@dataclass(frozen=True)
class ScorerAnswers:
    """Case to `violating` (among the suspects) or `not_violating`, and case to how much it is favoured, g / mean g."""

    verdicts: Mapping[str, str]
    gains: Mapping[str, float]


def population_scores(
    unit_scores: DataFrame, *, scorer_version: str, policies: Sequence[str], suspect_share: float
) -> dict[str, PopulationScores]:
    """Threshold and mean spread of every policy with scores, in one pass over the day's `unit_scores`.

    Empty if no unit of the day was scored by `scorer_version`.
    """
    score = {policy: F.col("scores")[policy] for policy in policies}
    quantiles = [F.percentile_approx(score[k], 1.0 - suspect_share, 100_000).alias(f"threshold|{k}") for k in policies]
    spreads = [F.avg(F.sqrt(score[k] * (1 - score[k]))).alias(f"spread|{k}") for k in policies]
    scored = unit_scores.where(F.col("scorer_version") == scorer_version)
    row = scored.agg(*quantiles, *spreads).collect()[0]
    return {
        k: PopulationScores(row[f"threshold|{k}"], row[f"spread|{k}"])
        for k in policies
        if row[f"threshold|{k}"] is not None
    }


def scorer_answers(
    cases: Sequence[ProbeCase], scorer: TextScorer, population: Mapping[str, PopulationScores]
) -> ScorerAnswers:
    """Scores every case as a unit would be, and compares it with the population.

    A case is found if its score for its own policy is higher than the threshold; an equal score is not, because ties
    may hold half of the day. A policy without scores leaves its cases without an answer.
    """
    columns = {model.policy: i for i, model in enumerate(scorer.models) if model.component == UNIT}
    known = [case for case in cases if case.policy in columns and case.policy in population]
    if not known:
        return ScorerAnswers({}, {})
    texts: dict[str, list[str | None]] = {
        "query": [case.content.query_text for case in known],
        "response": [case.content.response_text for case in known],
        "image": ["\n".join(pin.title for pin in case.content.pins if pin.title) for case in known],
    }
    scores = scorer.probabilities(texts)
    verdicts, gains = {}, {}
    for row, case in enumerate(known):
        score, of_policy = float(scores[row, columns[case.policy]]), population[case.policy]
        verdicts[case.case_id] = "violating" if score > of_policy.threshold else "not_violating"
        if of_policy.mean_spread > 0.0:
            gains[case.case_id] = float(np.sqrt(score * (1.0 - score))) / of_policy.mean_spread
    return ScorerAnswers(verdicts, gains)
