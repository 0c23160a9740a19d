"""Confidence limits of a binomial share, of counts or of effective counts."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from scipy import stats

BinomialLimits = Literal["wilson", "clopper_pearson"]
BINOMIAL_LIMITS: tuple[BinomialLimits, ...] = get_args(BinomialLimits)


def binomial_limits(method: BinomialLimits, share: float, size: float, level: float) -> tuple[float, float]:
    """Return two-sided limits of a share.

    Args:
        method: wilson (Wilson 1927) or clopper_pearson (Clopper & Pearson 1934)
        share: observed share in [0, 1]
        size: units, or effective units, > 0; need not be whole
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit in [0, 1]

    Raises:
        ValueError: an argument is outside its range

    """
    if method not in _LIMITS:
        raise ValueError(f"Limits {method!r} are not known; choose one of {', '.join(BINOMIAL_LIMITS)}.")
    if not (0.0 <= share <= 1.0 and 0.0 < size < np.inf):
        raise ValueError(f"A binomial share needs a share in [0, 1] and a finite size > 0, not {share} of {size}.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
    low, high = _LIMITS[method](share, size, (1.0 - level) / 2.0)
    # a share of exactly 0 or 1 is its own limit; rounding must not move it
    return (0.0 if share == 0.0 else low), (1.0 if share == 1.0 else high)


def _wilson(share: float, size: float, tail: float) -> tuple[float, float]:
    z = float(stats.norm.isf(tail))
    centre = (size * share + z**2 / 2.0) / (size + z**2)
    reach = z * np.sqrt(size * share * (1.0 - share) + z**2 / 4.0) / (size + z**2)
    return float(centre - reach), float(centre + reach)


def _clopper_pearson(share: float, size: float, tail: float) -> tuple[float, float]:
    count = share * size
    return float(stats.beta.ppf(tail, count, size - count + 1.0)), float(
        stats.beta.isf(tail, count + 1.0, size - count)
    )


_LIMITS: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    "wilson": _wilson,
    "clopper_pearson": _clopper_pearson,
}
