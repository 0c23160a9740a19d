"""The interval of a share of a weighted sample whose rarer part may carry weights never seen: an error rate."""

import math

from lib.estimation.intervals.gamma import gamma_quantile
from lib.estimation.intervals.split_gamma import WeightedCount


def weighted_share_interval(part: WeightedCount, rest: WeightedCount, *, level: float) -> tuple[float, float]:
    """Return the limits of p = part/(part + rest), both weighted counts of disjoint units.

    Each count has the gamma limits of Fay & Feuer (1997) with the weight that the NEXT such unit is expected to have.
    A share p is in the interval if 0 is in that of (1 - p)·part - p·rest, by the square-root rule of Zou & Donner
    (2008); with r = p/(1 - p), part X in [l, u] and rest Y in [l', u'] that is

        r_low  = (X² - b²) / (XY + √(Y²b² + a²(X² - b²)))      b = X - l,  a = u' - Y

    and 1/r_high is the same with X and Y exchanged.

    An audit finds few violations that the labeler missed, each of a large weight: their variance, and Kish's effective
    size of the violations it did find, both say that there are none where none was found.

    Args:
        part: the units counted, next_weight 0 if there can be no other
        rest: the other units of the whole
        level: nominal coverage in (0, 1)

    Returns:
        limits in [0, 1]; (0, 1) without any unit

    """
    if not part.rate + rest.rate > 0.0:
        return 0.0, 1.0
    part_low, part_high = _limits(part, level)
    rest_low, rest_high = _limits(rest, level)
    x, y = part.rate, rest.rate
    low = _odds(x, y, x - part_low, rest_high - y)
    high = _odds(y, x, y - rest_low, part_high - x)
    return low / (1.0 + low) if math.isfinite(low) else 1.0, 1.0 / (1.0 + high)


def _odds(x: float, y: float, below: float, above: float) -> float:
    """The lower limit of x/y, from the reach of x below itself and of y above itself."""
    least = max(0.0, x * x - below * below)
    reach = x * y + math.sqrt(y * y * below * below + above * above * least)
    if least <= 0.0:
        return 0.0
    return least / reach if reach > 0.0 else math.inf


def _limits(count: WeightedCount, level: float) -> tuple[float, float]:
    tail = (1.0 - level) / 2.0
    mean, variance = count.rate + count.next_weight, count.variance + count.next_weight**2
    return gamma_quantile(tail, count.rate, count.variance), gamma_quantile(1.0 - tail, mean, variance)
