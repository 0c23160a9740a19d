"""The smallest change between two periods that a test at a given level sees with a given power."""

import math

from scipy import stats


def smallest_detectable_change(
    std_error_before: float,
    std_error_after: float,
    prevalence: float,
    level: float = 0.95,
    power: float = 0.8,
    *,
    covariance: float = 0.0,
) -> float:
    """Return the smallest relative change |R_after - R_before| / R_before that is seen with probability `power`.

        Δ = (z_{(1 + level)/2} + z_power)·√(se_before² + se_after² - 2·cov)        relative: Δ / R_before

    for a two-sided test, the far tail neglected: Valliant, Dever & Kreuter (2013), chapter 4. The standard
    errors are planned or realised ones; a large change alters `std_error_after` itself, which the caller may plan for.

    Args:
        std_error_before: standard error of the prevalence of the first period, a share, >= 0
        std_error_after: the same of the second period
        prevalence: R_before, a share in (0, 1]
        level: confidence level of the interval that must leave out 0, in (0, 1)
        power: probability in (0, 1) with which the change is to be seen; up to (1 - level)/2, chance alone is enough
        covariance: of the two estimates, shares²; 0 for samples without common units

    Returns:
        the relative change, >= 0: 0.25 is a rise or a fall by a quarter; above 1 no fall is large enough to be seen

    Raises:
        ValueError: an argument is outside its range, or the covariance is larger than the standard errors allow

    """
    for name, std_error in (("std_error_before", std_error_before), ("std_error_after", std_error_after)):
        if not (math.isfinite(std_error) and std_error >= 0.0):
            raise ValueError(f"{name} must be a finite number >= 0, not {std_error}.")
    if not 0.0 < prevalence <= 1.0:
        raise ValueError(
            f"prevalence must be in (0, 1], not {prevalence}: a relative change needs something to change."
        )
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be in (0, 1), not {level}.")
    if not 0.0 < power < 1.0:
        raise ValueError(f"power must be in (0, 1), not {power}.")
    if not abs(covariance) <= std_error_before * std_error_after * (1.0 + 1e-9):
        raise ValueError(
            f"covariance is {covariance}; with standard errors {std_error_before} and {std_error_after} its size is "
            f"at most {std_error_before * std_error_after}."
        )
    variance = max(0.0, std_error_before**2 + std_error_after**2 - 2.0 * covariance)
    quantiles = float(stats.norm.ppf((1.0 + level) / 2.0) + stats.norm.ppf(power))
    return max(0.0, quantiles) * math.sqrt(variance) / prevalence
