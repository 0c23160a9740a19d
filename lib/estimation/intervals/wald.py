"""Wald's interval."""

from scipy import stats


def wald(rate: float, std_error: float, *, degrees_of_freedom: float, level: float) -> tuple[float, float]:
    """Return rate ± t·se (Wald 1943), not clipped: a rare rate may get a lower limit below 0.

    Args:
        rate: R̂, any unit
        std_error: its standard error, the same unit
        degrees_of_freedom: of the standard error
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit

    """
    reach = float(stats.t.isf((1.0 - level) / 2.0, degrees_of_freedom)) * std_error
    return rate - reach, rate + reach
