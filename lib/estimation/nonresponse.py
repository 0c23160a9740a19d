"""Missing verdicts as non-response: response probabilities of weighting cells, with small cells merged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from math import isnan

NOT_DRAWN = "not_drawn"
VIOLATING = "violating"
NOT_VIOLATING = "not_violating"
MISSING = "missing"
IMPUTED = "imputed"

VERDICT_BELOW = "verdict_below"
DEFAULT_CELLS = (VERDICT_BELOW, "score_class", "stratum")
DEFAULT_MINIMUM_RESPONDENTS = 5
# Fixed limits, so that a unit's class does not depend on the sample: plainly harmless, unlikely, possible, likely.
SCORE_CLASS_LIMITS = (0.01, 0.1, 0.5)
NO_SCORE_CLASS = -1

_RANKS = {NOT_VIOLATING: 0, IMPUTED: 1, VIOLATING: 2}


@dataclass(frozen=True)
class AnswerPattern:
    """Sampled units of one policy that agree in all that response may depend on, and in what became of them.

    Attributes:
        values: values of the cell variables other than verdict_below, in their order
        states: what became of the units on each rung of the ladder: not_drawn to it; violating or not_violating;
            missing, which ends their climb; or imputed, a missing verdict that the rungs above correct
        n: units
        weights: per rung Σ 1/P_a over the units, P_a before any response; read where they were drawn

    """

    values: tuple[str | int, ...]
    states: tuple[str, ...]
    n: int
    weights: tuple[float, ...]


@dataclass(frozen=True)
class _Cell:
    """A weighting cell, or several merged ones: the first and last key, and the units drawn and responding."""

    first: tuple[str | int, ...]
    last: tuple[str | int, ...]
    n_drawn: int = 0
    n_responding: int = 0
    drawn_weight: float = 0.0
    responding_weight: float = 0.0

    def is_too_small(self, minimum_respondents: int) -> bool:
        """Whether verdicts are missing and too few are there to estimate their share."""
        return self.n_responding < min(self.n_drawn, minimum_respondents)

    def merged_with(self, other: "_Cell") -> "_Cell":
        """The union with a neighbour."""
        return _Cell(
            min(self.first, other.first),
            max(self.last, other.last),
            self.n_drawn + other.n_drawn,
            self.n_responding + other.n_responding,
            self.drawn_weight + other.drawn_weight,
            self.responding_weight + other.responding_weight,
        )


def response_probabilities(
    patterns: Sequence[AnswerPattern],
    *,
    cells: Sequence[str] = DEFAULT_CELLS,
    minimum_respondents: int = DEFAULT_MINIMUM_RESPONDENTS,
) -> list[tuple[float, ...]]:
    """Estimate the probability that units of each pattern have verdicts up to each rung, given that they were drawn.

    Response is one more phase: within a weighting cell c units answer alike, with

        φ_c = Σ_respondents 1/P ÷ Σ_drawn 1/P

    so the weights 1/(P·φ_c) of the respondents sum to those of all drawn units of the cell. Sources: Oh & Scheuren
    (1983), weighting classes; Little & Rubin (2019), section 3.3. The rate is weighted, because P varies within a cell
    and may go with response. Rungs respond independently: the probability of a rung is the product of its cell's φ
    and those of the rungs below. An imputed verdict counts as a response: the rungs above correct it, whatever it is.

    A cell with missing verdicts and fewer respondents than `minimum_respondents` is merged with the neighbour, in the
    order of the keys, that shares most of the leading variables with it; of two alike with the one that has fewer
    respondents, then with the lower. So the last variable of `cells` is given up first.

    Args:
        patterns: all patterns of one policy's sample
        cells: cell variables, most important first: `verdict_below` (of the rung below) and the names of `values`
        minimum_respondents: fewest respondents of a cell in which verdicts are missing

    Returns:
        per pattern and rung the probability in [0, 1]; 0 only where no unit of the whole sample responded, read only
        where the units were drawn to the rung and answered

    """
    n_rungs = len(patterns[0].states) if patterns else 0
    reached = [[1.0] for _ in patterns]
    for rung in range(n_rungs):
        keys = [_key(pattern, rung, cells) for pattern in patterns]
        by_key: dict[tuple[str | int, ...], _Cell] = {}
        # In one order, whatever that of the patterns: sums are the same in every run.
        for i in sorted(range(len(patterns)), key=lambda i: (patterns[i].values, patterns[i].states)):
            if patterns[i].states[rung] != NOT_DRAWN:
                by_key[keys[i]] = _with(by_key.get(keys[i], _Cell(keys[i], keys[i])), patterns[i], rung, reached[i][-1])
        merged = _merge_small(list(by_key.values()), minimum_respondents)
        probability = {
            key: cell.responding_weight / cell.drawn_weight
            for key in by_key
            for cell in merged
            if cell.first <= key <= cell.last
        }
        for chain, key in zip(reached, keys, strict=True):
            chain.append(chain[-1] * probability.get(key, 1.0))
    return [tuple(chain[1:]) for chain in reached]


def score_class(score: float | None) -> int:
    """Return the number of SCORE_CLASS_LIMITS that the score reaches; NO_SCORE_CLASS if there is none."""
    if score is None or isnan(score):
        return NO_SCORE_CLASS
    return sum(score >= limit for limit in SCORE_CLASS_LIMITS)


def _key(pattern: AnswerPattern, rung: int, cells: Sequence[str]) -> tuple[str | int, ...]:
    below = _RANKS.get(pattern.states[rung - 1], 0) if rung > 0 else 0
    values = iter(pattern.values)
    return tuple(below if name == VERDICT_BELOW else next(values) for name in cells)


def _with(cell: _Cell, pattern: AnswerPattern, rung: int, reached: float) -> _Cell:
    """The cell with the units of `pattern`, each of which stands for 1/(P·reached) units."""
    is_responding = pattern.states[rung] != MISSING
    share = pattern.weights[rung] / reached
    return replace(
        cell,
        n_drawn=cell.n_drawn + pattern.n,
        n_responding=cell.n_responding + pattern.n * is_responding,
        drawn_weight=cell.drawn_weight + share,
        responding_weight=cell.responding_weight + share * is_responding,
    )


def _merge_small(cells: Sequence[_Cell], minimum_respondents: int) -> list[_Cell]:
    ordered = sorted(cells, key=lambda cell: cell.first)
    while len(ordered) > 1:
        position = next((i for i, cell in enumerate(ordered) if cell.is_too_small(minimum_respondents)), None)
        if position is None:
            break
        left = _nearest_gap(ordered, position)
        ordered[left : left + 2] = [ordered[left].merged_with(ordered[left + 1])]
    return ordered


def _nearest_gap(ordered: Sequence[_Cell], position: int) -> int:
    """Index of the lower of the two cells to merge: `position` and its nearest neighbour."""
    gaps = [gap for gap in (position - 1, position) if 0 <= gap < len(ordered) - 1]

    def closeness(gap: int) -> tuple[int, int]:
        pairs = zip(ordered[gap].last, ordered[gap + 1].first, strict=True)
        n_shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        neighbour = ordered[gap if gap < position else gap + 1]
        return n_shared, -neighbour.n_responding

    return max(gaps, key=closeness)


def weighted_missing_rates(drawn: Sequence[float], missing: Sequence[float]) -> list[float]:
    """Share of the weight Σ 1/P of the units drawn to each rung that has no verdict; 0 where none was drawn."""
    return [part / whole if whole > 0.0 else 0.0 for whole, part in zip(drawn, missing, strict=True)]
