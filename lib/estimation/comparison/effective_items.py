"""How many independent items a rate is worth, given weights and clusters."""

import numpy as np

from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import FloatArray, Ratio
from lib.estimation.misclassification.labeler_rates import effective_size

_ROUNDING = 1e-12


def effective_items(design: AnalysisDesign, rate: Ratio, *, share: float, variance: float) -> float:
    """Return the size of the simple random sample that would know the rate as well, at most the items it has.

    R(1 - R)/V̂(R) (Korn & Graubard 1998). A rate of 0 or 1 has no variance: Kish's (1965) (Σw)²/Σw² then, or the number
    of clusters if that is smaller. The cap is on the safe side: with few items a small V̂ is chance, not a gain.

    Args:
        design: weights and clusters of the items
        rate: 0/1 numerator and denominator, one entry an item
        share: estimate of the rate, in [0, 1]
        variance: its variance without the factor n/(n - 1), so that equal weights give the number of items

    Returns:
        the size, > 0 if the denominator has an item

    """
    weights: FloatArray = design.weights * rate.denominator
    is_inner = _ROUNDING < share < 1.0 - _ROUNDING and variance > 0.0
    if is_inner:
        return min(float(np.count_nonzero(weights)), effective_size(share, variance, weights))
    n_clusters = design.degrees_of_freedom(weights > 0.0) + 1.0
    return min(n_clusters, effective_size(float(round(share)), 0.0, weights))
