"""A stratified sample of mutants, and the share of all mutants that would be killed, with its interval.

A mutant's permanent random number is a hash of its name: a larger share contains the smaller ones, and a mutant stays
in the sample as long as its function stays.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.stratified import StratifiedDesign
from lib.estimation.functionals import mean
from lib.estimation.intervals.korn_graubard import korn_graubard, korn_graubard_without_positives
from lib.sampling.array_selection import permanent_random_numbers

LEVEL = 0.95
_LEAST_PER_STRATUM = 2


@dataclass(frozen=True)
class KillRate:
    """Share of killed mutants, estimated for all `n_mutants` from `n_tried`.

    Attributes:
        rate: Σ_h N_h p_h / N
        low: lower limit of the 95 % interval; the rate itself if all were tried
        high: upper limit

    """

    n_mutants: int
    n_tried: int
    n_killed: int
    rate: float
    low: float
    high: float


def draw_mutants(mutants: Iterable[str], *, stratum_of: Callable[[str], str], share: float, seed: int) -> list[str]:
    """A simple random sample of ⌈share · N_h⌉ mutants a stratum, but two at least: their variance needs two.

    Inclusion probability n_h/N_h. `mutants` come back in the order in which they were given.
    """
    names = list(mutants)
    sizes = Counter(map(stratum_of, names))
    left = {name: min(size, max(_LEAST_PER_STRATUM, math.ceil(share * size))) for name, size in sizes.items()}
    number = dict(zip(names, permanent_random_numbers(names, seed=seed, stream="mutants").tolist(), strict=True))
    drawn = set()
    for name in sorted(names, key=lambda mutant: number[mutant]):
        if left[stratum_of(name)] > 0:
            left[stratum_of(name)] -= 1
            drawn.add(name)
    return [name for name in names if name in drawn]


def kill_rate(is_killed: Mapping[str, bool], *, stratum_of: Callable[[str], str], sizes: Mapping[str, int]) -> KillRate:
    """Estimate over all mutants of the strata that were sampled; `sizes` are the N_h of all strata.

    `is_killed` maps the tried mutants to their verdicts. The interval is Korn and Graubard's.
    """
    strata = [stratum_of(mutant) for mutant in is_killed]
    killed = np.array(list(is_killed.values()), dtype=np.float64)
    population = np.array([sizes[stratum] for stratum in strata], dtype=np.float64)
    design = StratifiedDesign(strata, population)
    estimates = estimate(design, [mean(killed)])
    rate, error = float(estimates.values[0]), float(estimates.std_errors[0])
    n_mutants, n_tried = sum(sizes[stratum] for stratum in set(strata)), len(strata)
    low = high = rate
    if n_tried < n_mutants:
        freedom = {"degrees_of_freedom": design.degrees_of_freedom(), "n": float(n_tried), "level": LEVEL}
        if 0.0 < rate < 1.0 and error > 0.0:
            low, high = korn_graubard(rate, error, **freedom)
        else:
            reach = korn_graubard_without_positives(float(n_tried), **freedom)
            low, high = max(0.0, rate - reach), min(1.0, rate + reach)
    return KillRate(n_mutants, n_tried, int(killed.sum()), rate, low, high)
