"""A ladder of units in memory with missing verdicts, made ready for `LadderMoments.from_units`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.nonresponse import (
    DEFAULT_CELLS,
    DEFAULT_MINIMUM_RESPONDENTS,
    IMPUTED,
    MISSING,
    NOT_DRAWN,
    NOT_VIOLATING,
    VERDICT_BELOW,
    VIOLATING,
    AnswerPattern,
    response_probabilities,
    score_class,
    weighted_missing_rates,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
_StateArray = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class AnsweredLadder:
    """Arguments of `LadderMoments.from_units`, and how much is missing.

    Attributes:
        verdicts: per rung the labels; NaN where the unit is not on the rung, or its verdict is missing there
        probabilities: per rung P_a including response
        is_imputed: per rung whether the label stands in for a missing verdict
        missing_rates: per rung the weighted share of the drawn units that have no verdict

    """

    verdicts: tuple[FloatArray, ...]
    probabilities: tuple[FloatArray, ...]
    is_imputed: tuple[BoolArray, ...]
    missing_rates: tuple[float, ...]


def answered_ladder(
    *,
    verdicts: Sequence[npt.ArrayLike],
    is_drawn: Sequence[npt.ArrayLike],
    probabilities: Sequence[npt.ArrayLike],
    score: npt.ArrayLike | None = None,
    may_climb: Sequence[npt.ArrayLike] | None = None,
    values: Mapping[str, npt.ArrayLike] | None = None,
    cells: Sequence[str] = DEFAULT_CELLS,
    minimum_respondents: int = DEFAULT_MINIMUM_RESPONDENTS,
) -> AnsweredLadder:
    """Treat missing verdicts as the jobs do: never as negative ones.

    - On the last rung, and where it ended the unit's climb, a missing verdict is non-response: the unit leaves the
      rung, and the probabilities of the others are multiplied by `nonresponse.response_probabilities`.
    - Below the last rung a missing verdict is imputed: by the label of the rung below, on the first rung by the score
      (0 if there is none). The rungs above correct it like a wrong verdict: Σ d_b/P_b is unbiased for any label that
      the unit had before it was drawn to them.

    Args:
        verdicts: per rung, lowest first: 1 violating, 0 not, NaN missing or not drawn
        is_drawn: per rung, whether the unit was drawn to it; on the first rung all sampled units are
        probabilities: per rung the cumulative probability of being drawn to it
        score: score in [0, 1], NaN where there is none
        may_climb: per rung, whether a unit without verdict could still be drawn to the next one; None: it could
        values: cell variables by name, besides verdict_below and score_class; those that are not given count as equal
        cells: cell variables, most important first
        minimum_respondents: fewest respondents of a cell in which verdicts are missing

    Returns:
        the ladder without missing verdicts

    """
    labels = [np.asarray(verdict, dtype=np.float64) for verdict in verdicts]
    p = [np.asarray(probability, dtype=np.float64) for probability in probabilities]
    size = labels[0].size
    scores = np.full(size, np.nan) if score is None else np.asarray(score, dtype=np.float64)
    states, filled = _states(labels, is_drawn, may_climb, scores)
    known = {"score_class": [score_class(value) for value in scores]} | dict(values or {})
    columns = [np.asarray(known.get(name, [""] * size)).tolist() for name in cells if name != VERDICT_BELOW]
    pattern_of = list(zip(*columns, *[state.tolist() for state in states], strict=True))
    patterns, position = _patterns(pattern_of, p, n_values=len(columns))
    response = np.array(
        response_probabilities(patterns, cells=cells, minimum_respondents=minimum_respondents), dtype=np.float64
    ).reshape(len(patterns), len(labels))[position]
    before = np.hstack([np.ones((size, 1)), response])[:, :-1]
    on_rung = [np.isin(state, (VIOLATING, NOT_VIOLATING, IMPUTED)) for state in states]
    return AnsweredLadder(
        verdicts=tuple(np.where(here, label, np.nan) for here, label in zip(on_rung, filled, strict=True)),
        probabilities=tuple(probability * response[:, rung] for rung, probability in enumerate(p)),
        is_imputed=tuple(state == IMPUTED for state in states),
        missing_rates=tuple(_missing_rates(states, p, before)),
    )


def _states(
    labels: Sequence[FloatArray],
    is_drawn: Sequence[npt.ArrayLike],
    may_climb: Sequence[npt.ArrayLike] | None,
    scores: FloatArray,
) -> tuple[list[_StateArray], list[FloatArray]]:
    """What became of each unit on each rung, and the labels with those imputed that the rungs above correct."""
    states, filled = [], []
    below, here = np.nan_to_num(scores, nan=0.0), np.ones(scores.size, dtype=bool)
    for rung, label in enumerate(labels):
        drawn = here & np.asarray(is_drawn[rung], dtype=bool)
        climbs = np.full(drawn.size, rung < len(labels) - 1)
        if may_climb is not None and rung < len(labels) - 1:
            climbs &= np.asarray(may_climb[rung], dtype=bool)
        without = np.where(climbs, IMPUTED, MISSING)
        state = np.where(np.isnan(label), without, np.where(label == 1.0, VIOLATING, NOT_VIOLATING))
        states.append(np.where(drawn, state, NOT_DRAWN))
        below = np.where(np.isnan(label), below, label)
        filled.append(below)
        here = drawn & (states[-1] != MISSING)
    return states, filled


def _patterns(
    pattern_of: Sequence[tuple[str | int, ...]], probabilities: Sequence[FloatArray], *, n_values: int
) -> tuple[list[AnswerPattern], list[int]]:
    """The distinct patterns with their sums, and every unit's position among them."""
    places: dict[tuple[str | int, ...], int] = {}
    position = [places.setdefault(pattern, len(places)) for pattern in pattern_of]
    counts = np.bincount(position, minlength=len(places))
    sums = []
    for rung, probability in enumerate(probabilities):
        drawn = np.array([pattern[n_values + rung] != NOT_DRAWN for pattern in pattern_of], dtype=bool)
        weight = np.divide(1.0, probability, out=np.zeros(drawn.size), where=drawn)
        sums.append(np.bincount(position, weights=weight, minlength=len(places)))
    patterns = [
        AnswerPattern(
            values=pattern[:n_values],
            states=tuple(str(state) for state in pattern[n_values:]),
            n=int(counts[place]),
            weights=tuple(float(weights[place]) for weights in sums),
        )
        for pattern, place in places.items()
    ]
    return patterns, position


def _missing_rates(
    states: Sequence[_StateArray], probabilities: Sequence[FloatArray], before: FloatArray
) -> list[float]:
    drawn_weights, missing_weights = [], []
    for rung, (state, probability) in enumerate(zip(states, probabilities, strict=True)):
        drawn = state != NOT_DRAWN
        weight = np.divide(1.0, probability * before[:, rung], out=np.zeros(drawn.size), where=drawn)
        drawn_weights.append(float(weight.sum()))
        missing_weights.append(float(weight[np.isin(state, (MISSING, IMPUTED))].sum()))
    return weighted_missing_rates(drawn_weights, missing_weights)
