"""Cost per label of two labelers on the same items, and its difference."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats


@dataclass(frozen=True)
class CostDifference:
    """Mean cost of a label under two labelers; limits are None with fewer than two items."""

    before: float
    after: float
    difference: float
    low: float | None
    high: float | None
    n_items: int


def paired_cost_difference(before: npt.ArrayLike, after: npt.ArrayLike, *, level: float) -> CostDifference | None:
    """Return mean costs over the items whose cost is known under both, with Student's paired t interval.

    Args:
        before: cost of a label under the first, NaN if not known, one entry an item
        after: the same under the second
        level: nominal coverage in (0, 1)

    Returns:
        the difference, after - before, unweighted: a bill is paid per item; None if no item has both costs

    """
    costs = np.stack([np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)])
    costs = costs[:, ~np.isnan(costs).any(axis=0)]
    n = costs.shape[1]
    if n == 0:
        return None
    means, difference = costs.mean(axis=1), float(np.mean(costs[1] - costs[0]))
    low = high = None
    if n > 1:
        reach = float(stats.t.isf((1.0 - level) / 2.0, n - 1)) * float(np.std(costs[1] - costs[0], ddof=1)) / n**0.5
        low, high = difference - reach, difference + reach
    return CostDifference(float(means[0]), float(means[1]), difference, low, high, n)
