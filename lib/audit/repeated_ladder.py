"""The label ladder on many samples at once, and the moments of each sample."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from lib.audit.population import AuditPopulation, FloatArray
from lib.audit.repeated_draws import RepeatedDraws
from lib.estimation.ladder_moments import DEFAULT_RUNGS, LadderMoments, ladder_variables
from lib.estimation.tail_moments import TAIL_FIELDS, TailMoments
from lib.planning.label_model import ErrorRates, disagreement

BoolArray = npt.NDArray[np.bool_]

# As lib.sampling.rungs assumes them when it chooses who climbs.
ASSUMED_RATES = ErrorRates(sensitivity=0.8, specificity=0.995)
_UNIFORM_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class RepeatedLadder:
    """The sampled units of all replicates with their verdicts.

    Attributes:
        draws: the samples
        on_rung: per rung, whether the unit got there
        probabilities: per rung, P of getting there

    """

    draws: RepeatedDraws
    on_rung: tuple[BoolArray, ...]
    probabilities: tuple[FloatArray, ...]


def climb(
    population: AuditPopulation, draws: RepeatedDraws, *, rung_sizes: Sequence[int], random: Generator
) -> RepeatedLadder:
    """Let units climb as `lib.sampling.rungs.climb_to_rung` does: q ∝ (m/P)√d with a uniform share, Σ q = rung size.

    Args:
        population: with one labeler more than `rung_sizes` has entries
        draws: the samples
        rung_sizes: expected units on each rung above the first
        random: source of randomness

    Returns:
        the ladder

    """
    on_rung = [np.ones(draws.unit.size, dtype=bool)]
    probabilities = [draws.inclusion_probability]
    mixture = population.mixture[draws.unit]
    score = population.score[draws.unit]
    for rung, size in enumerate(rung_sizes):
        here, below = np.flatnonzero(on_rung[-1]), population.verdicts[rung][draws.unit]
        doubt = np.where(below == 1.0, disagreement(score, 1, ASSUMED_RATES), disagreement(score, 0, ASSUMED_RATES))
        exposed = mixture[here] / probabilities[-1][here]
        chance = np.zeros(draws.unit.size)
        chance[here] = climbing_chances(
            exposed, exposed * np.sqrt(doubt[here]), draws.replicate[here], draws.n_replicates, size
        )
        on_rung.append(random.random(chance.size) < chance)
        probabilities.append(probabilities[-1] * chance)
    return RepeatedLadder(draws, tuple(on_rung), tuple(probabilities))


def ladder_moments(population: AuditPopulation, ladder: RepeatedLadder, *, measure: str) -> Iterator[LadderMoments]:
    """Yield the moments of each replicate, as `LadderMoments.from_units` would compute them one by one."""
    sums = _ReplicateSums.of(population, ladder, measure)
    n_rungs = len(ladder.on_rung)
    exposure = population.exposures[measure]
    exposure_total, score_total = float(exposure.sum()), float(exposure @ population.score)
    for replicate in range(ladder.draws.n_replicates):
        yield LadderMoments(
            rungs=DEFAULT_RUNGS[:n_rungs],
            has_score=True,
            population_size=float(exposure.size),
            exposure_total=exposure_total,
            score_total=score_total,
            sums=sums.sums[replicate],
            products=sums.products[replicate],
            n=tuple(int(value) for value in sums.n[replicate]),
            n_positive=tuple(int(value) for value in sums.n_positive[replicate]),
            sum_weight=tuple(sums.sum_weight[replicate]),
            sum_squared_weight=tuple(sums.sum_squared_weight[replicate]),
            largest_weight=float(sums.largest_weight[replicate]),
            tails=tuple(
                TailMoments.from_values({name: values[rung][replicate] for name, values in sums.tails.items()})
                for rung in range(n_rungs)
            ),
        )


@dataclass(frozen=True, eq=False)
class _ReplicateSums:
    """Every moment with one row a replicate; `tails` by name and rung."""

    sums: FloatArray
    products: FloatArray
    n: FloatArray
    n_positive: FloatArray
    sum_weight: FloatArray
    sum_squared_weight: FloatArray
    largest_weight: FloatArray
    tails: dict[str, list[FloatArray]]

    @classmethod
    def of(cls, population: AuditPopulation, ladder: RepeatedLadder, measure: str) -> "_ReplicateSums":
        draws, n_rungs = ladder.draws, len(ladder.on_rung)
        x, s = population.exposures[measure][draws.unit], population.score[draws.unit]
        labels = [verdict[draws.unit] for verdict in population.verdicts]
        values = {"exposure": x, "score": x * s} | {
            f"label_{rung}": x * label for rung, label in enumerate(labels, start=1)
        }
        variables = ladder_variables(n_rungs)

        def total(value: FloatArray, here: BoolArray) -> FloatArray:
            found = np.bincount(draws.replicate[here], weights=value[here], minlength=draws.n_replicates)
            return found.astype(np.float64)

        sums = np.empty((draws.n_replicates, len(variables)))
        products = np.empty((draws.n_replicates, len(variables), len(variables)))
        inverse = [
            np.divide(1.0, p, out=np.zeros_like(p), where=here)
            for p, here in zip(ladder.probabilities, ladder.on_rung, strict=True)
        ]
        for j, (b, second) in enumerate(variables):
            here, weight = ladder.on_rung[b - 1], inverse[b - 1]
            sums[:, j] = total(values[second] * weight, here)
            for i, (a, first) in enumerate(variables[: j + 1]):
                spread = (inverse[a - 1] - 1.0) * weight
                products[:, i, j] = products[:, j, i] = total(values[first] * values[second] * spread, here)
        per_rung = list(zip(ladder.on_rung, inverse, labels, strict=True))
        share = x * inverse[-1]
        largest = np.zeros(draws.n_replicates)
        np.maximum.at(largest, draws.replicate, share)
        tails: dict[str, list[FloatArray]] = {name: [] for name in TAIL_FIELDS}
        for rung, (here, weight, label) in enumerate(per_rung):
            unflagged = here & (labels[0] < 1.0) if rung else here
            for name, value in _tail_values(x * weight, s, label).items():
                tails[name].append(total(value, unflagged))
            for power, name in enumerate(("positive_total", "positive_square"), start=1):
                tails[name].append(total((x * weight) ** power * label, here))
        return cls(
            sums=sums,
            products=products,
            n=np.stack([total(np.ones_like(x), here) for here, _, _ in per_rung], axis=1),
            n_positive=np.stack([total(label, here) for here, _, label in per_rung], axis=1),
            sum_weight=np.stack([total(weight, here) for here, weight, _ in per_rung], axis=1),
            sum_squared_weight=np.stack([total(weight**2, here) for here, weight, _ in per_rung], axis=1),
            largest_weight=largest,
            tails=tails,
        )


def _tail_values(share: FloatArray, score: FloatArray, label: FloatArray) -> dict[str, FloatArray]:
    return {
        "n_unflagged": np.ones_like(share),
        "unflagged_score": score,
        "unflagged_weight": share,
        "unflagged_weight_by_score": share * score,
        "n_missed": label,
        "missed_total": share * label,
        "missed_square": share**2 * label,
    }


def climbing_chances(
    uniform: FloatArray, steered: FloatArray, replicate: npt.NDArray[np.intp], n_replicates: int, size: int
) -> FloatArray:
    """Return q = min(1, c v) with Σ q = size in every replicate; certain units leave their share to the others.

    Args:
        uniform: m/P of each unit on the rung below
        steered: (m/P)√d; where a replicate has none, `uniform` alone decides
        replicate: number of its sample
        n_replicates: samples
        size: expected units on the rung, per replicate

    Returns:
        q in (0, 1]

    """
    totals = [np.bincount(replicate, weights=part, minlength=n_replicates) for part in (uniform, steered)]
    v = uniform / totals[0][replicate]
    has_steer = totals[1][replicate] > 0.0
    steered_part = np.divide(steered, totals[1][replicate], out=v.copy(), where=has_steer)
    v = _UNIFORM_SHARE * v + (1.0 - _UNIFORM_SHARE) * steered_part
    factor = np.full(n_replicates, float(size))
    is_certain = np.zeros(v.size, dtype=bool)
    while True:
        found = v * factor[replicate] >= 1.0
        if not np.any(found & ~is_certain):
            chance: FloatArray = np.minimum(1.0, v * factor[replicate])
            return chance
        is_certain |= found
        n_certain = np.bincount(replicate, weights=is_certain, minlength=n_replicates)
        rest = np.bincount(replicate, weights=np.where(is_certain, 0.0, v), minlength=n_replicates)
        factor = np.divide(size - n_certain, rest, out=np.full_like(rest, np.inf), where=rest > 0.0)
