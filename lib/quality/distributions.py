"""Distributions of a column on a day, and how far one has moved from another."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from schemas.table_spec import Watch

Distribution = Mapping[str, float]
"""Bin to its share or count. Bins of an ordered column are whole numbers, BINS_PER_DOUBLING to a doubling."""

BINS_PER_DOUBLING: Final = 4


def distance(first: Distribution, second: Distribution, watch: Watch) -> float:
    """How far apart two distributions are.

    Of nominal values the share of rows that have another value (total variation, half the sum of differences). Of
    ordered ones how far the mass must move on average, in doublings (Wasserstein's first distance: the area between
    the distribution functions), which hardly changes if values jump over the edge of a bin. An empty one is
    infinitely far from one that is not.
    """
    if not _total(first) or not _total(second):
        return 0.0 if _total(first) == _total(second) else float("inf")
    bins = sorted(set(first) | set(second), key=(lambda name: name) if watch == "shares" else int)
    p, q = (np.array([counts.get(name, 0.0) for name in bins]) / _total(counts) for counts in (first, second))
    if watch == "shares":
        return 0.5 * float(np.abs(p - q).sum())
    widths = np.diff(np.array([float(name) for name in bins])) / BINS_PER_DOUBLING
    return float((np.abs(np.cumsum(p - q))[:-1] * widths).sum())


def usual_distance(today: Distribution, others: Sequence[Distribution], watch: Watch) -> float:
    """The median distance to the other days: half of them may be broken."""
    return float(np.median([distance(today, other, watch) for other in others]))


def _total(counts: Distribution) -> float:
    return float(sum(counts.values()))
