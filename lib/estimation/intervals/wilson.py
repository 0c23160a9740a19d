"""Wilson's score interval with the effective sample size."""

import numpy as np
from scipy import stats


def wilson(rate: float, std_error: float, *, degrees_of_freedom: float, level: float) -> tuple[float, float]:
    """Return the score interval of Wilson (1927) with n = R(1 - R)/se² and a t quantile: Dean & Pagano (2015).

    Args:
        rate: R̂ in (0, 1)
        std_error: its standard error, > 0
        degrees_of_freedom: of the standard error
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit, in [0, 1]

    """
    t = float(stats.t.isf((1.0 - level) / 2.0, degrees_of_freedom))
    size = rate * (1.0 - rate) / std_error**2
    centre = (size * rate + t**2 / 2.0) / (size + t**2)
    reach = t * np.sqrt(size * rate * (1.0 - rate) + t**2 / 4.0) / (size + t**2)
    return float(centre - reach), float(centre + reach)
