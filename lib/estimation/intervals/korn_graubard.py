"""Korn and Graubard's interval: Clopper-Pearson with the effective sample size."""

import numpy as np
from scipy import stats


def korn_graubard(
    rate: float, std_error: float, *, degrees_of_freedom: float, n: float, level: float
) -> tuple[float, float]:
    """Return Clopper-Pearson's limits for n_eff* = n_eff·(t_{n-1}/t_df)² units, n_eff = R(1 - R)/se².

    Source: Korn & Graubard (1998); `beta` of R's survey. n_eff is not capped at n: a good score and a good ladder make
    it larger, and the cap would throw that away.

    Args:
        rate: R̂ in (0, 1)
        std_error: its standard error, > 0
        degrees_of_freedom: of the standard error
        n: sampled units
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit, in [0, 1]

    """
    size = rate * (1.0 - rate) / std_error**2 * _t_ratio(n, degrees_of_freedom, level) ** 2
    tail, count = (1.0 - level) / 2.0, size * rate
    low = stats.beta.ppf(tail, count, size - count + 1.0)
    high = stats.beta.isf(tail, count + 1.0, size - count)
    # the beta quantile of a count that underflows to 0, or reaches n, is NaN: its limit is 0 or 1
    return float(np.nan_to_num(low, nan=0.0)), float(np.nan_to_num(high, nan=1.0))


def korn_graubard_without_positives(
    effective_sample_size: float, *, degrees_of_freedom: float, n: float, level: float
) -> float:
    """Return the upper limit when no sampled unit is positive: 1 - (α/2)^(1/n_eff*), the rule of three.

    There is no variance to take n_eff from: Kish's (Σw)²/Σw² stands in, with the same t ratio (Korn & Graubard 1998).
    The lower limit of a sample in which every unit is positive is 1 less this.

    Args:
        effective_sample_size: Kish's effective sample size
        degrees_of_freedom: of the design
        n: sampled units
        level: nominal coverage in (0, 1)

    Returns:
        upper limit in (0, 1]

    """
    size = effective_sample_size * _t_ratio(n, degrees_of_freedom, level) ** 2
    return float(stats.beta.isf((1.0 - level) / 2.0, 1.0, size))


def _t_ratio(n: float, degrees_of_freedom: float, level: float) -> float:
    tail = (1.0 - level) / 2.0
    return float(stats.t.isf(tail, max(1.0, n - 1.0)) / stats.t.isf(tail, degrees_of_freedom))
