"""One rate of cases that come in families, with its interval: variants of one phrase are not independent trials."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.comparison.effective_items import effective_items
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Ratio
from lib.estimation.misclassification.binomial_limits import binomial_limits


@dataclass(frozen=True)
class ClusteredRate:
    """A share of cases with the limits of its interval.

    Attributes:
        rate: share of the cases, in [0, 1]
        low: lower limit
        high: upper limit
        n_cases: cases
        effective_size: independent cases that would know the share as well

    """

    rate: float
    low: float
    high: float
    n_cases: int
    effective_size: float


def clustered_rate(is_hit: npt.ArrayLike, families: npt.ArrayLike, *, level: float) -> ClusteredRate | None:
    """Return the share of hits among cases, with limits of Clopper & Pearson (1934) at the effective size.

    The variance is that of the families' totals (ultimate clusters: Hansen, Hurwitz & Madow 1953). Cases without
    relatives give the exact limits of plain counts.

    Args:
        is_hit: 1 or True for a hit, one entry a case
        families: label of the case's family
        level: nominal coverage in (0, 1)

    Returns:
        the rate; None without cases

    """
    hits = np.asarray(is_hit, dtype=np.float64)
    if hits.size == 0:
        return None
    labels = np.asarray(families)
    share = float(hits.mean())
    size = _size(hits, labels, share)
    low, high = binomial_limits("clopper_pearson", share, size, level)
    return ClusteredRate(rate=share, low=low, high=high, n_cases=hits.size, effective_size=size)


def _size(hits: npt.NDArray[np.float64], labels: npt.NDArray[np.generic], share: float) -> float:
    n_families = np.unique(labels).size
    if n_families in (1, hits.size):
        # One family alone has no spread between families: it is worth one case.
        return float(n_families)
    design = ClusterDesign((SamplingStage(labels),), given_weights=np.ones(hits.size))
    rate = Ratio(hits, np.ones(hits.size))
    variance = float(estimate(design, [rate]).covariance[0, 0]) * (n_families - 1.0) / n_families
    return effective_items(design, rate, share=share, variance=variance)
