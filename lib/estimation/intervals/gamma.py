"""The gamma interval of a weighted sum of Poisson counts."""

from scipy import optimize, special


def gamma_quantile(probability: float, mean: float, variance: float) -> float:
    """Return the quantile of the gamma distribution with this mean and variance; 0 if the mean is 0."""
    if mean <= 0.0 or variance <= 0.0:
        return max(0.0, mean)
    standard = float(special.gammaincinv(mean**2 / variance, probability))
    return standard * variance / mean if standard > 0.0 else 0.0


def gamma(rate: float, variance: float, *, next_weight: float, level: float) -> tuple[float, float]:
    """Return the gamma interval of Fay & Feuer (1997), eq. 5 and 6, for R̂ = Σ w y.

    The lower limit is a quantile of the gamma distribution with mean R̂ and variance V̂, the upper one of that with
    mean R̂ + k and variance V̂ + k²: as if one more violation of weight k had been found. With k the largest weight of
    any unit the interval is conservative.

    Args:
        rate: R̂ >= 0
        variance: V̂(R̂)
        next_weight: k > 0, the share of the rate that the next violation would stand for
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit, >= 0; (0, -k·ln(α/2)) without positives

    """
    tail = (1.0 - level) / 2.0
    low = gamma_quantile(tail, rate, variance)
    return low, gamma_quantile(1.0 - tail, rate + next_weight, variance + next_weight**2)


def gamma_mid_p(rate: float, variance: float, *, next_weight: float, level: float) -> tuple[float, float]:
    """Return the mid-P gamma interval of Fay & Kim (2017): quantiles of the even mixture of the two distributions.

    Args:
        rate: R̂ >= 0
        variance: V̂(R̂)
        next_weight: k > 0, as in `gamma`
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit, >= 0; the upper one is -k·ln(α) without positives

    """
    tail = (1.0 - level) / 2.0
    low, high = gamma(rate, variance, next_weight=next_weight, level=level)

    # a rate without violations, or one so small that its shape underflows, is a point at 0
    shape = rate**2 / variance if variance > 0.0 else 0.0

    def mixture(limit: float) -> float:
        below = special.gammainc(shape, limit * rate / variance) if shape > 0.0 else 1.0
        mean, spread = rate + next_weight, variance + next_weight**2
        return float((below + special.gammainc(mean**2 / spread, limit * mean / spread)) / 2.0)

    def quantile(probability: float, start: float, end: float) -> float:
        if mixture(start) >= probability:
            return start  # a variance so small that both ends are one number
        if mixture(end) <= probability:
            return end
        return float(optimize.brentq(lambda limit: mixture(limit) - probability, start, end, rtol=1e-12))

    if shape <= 0.0:
        return 0.0, quantile(1.0 - tail, 0.0, high)
    return quantile(tail, low, high), quantile(1.0 - tail, low, high)
