"""The interval that is symmetric on the logit scale."""

from scipy import special, stats


def logit(rate: float, std_error: float, *, degrees_of_freedom: float, level: float) -> tuple[float, float]:
    """Return expit(logit(R) ± t·se/(R(1 - R))): Korn & Graubard (1999), p. 66; `xlogit` of R's survey.

    Args:
        rate: R̂ in (0, 1)
        std_error: its standard error
        degrees_of_freedom: of the standard error
        level: nominal coverage in (0, 1)

    Returns:
        lower and upper limit, in (0, 1)

    """
    t = float(stats.t.isf((1.0 - level) / 2.0, degrees_of_freedom))
    centre, reach = special.logit(rate), t * std_error / (rate * (1.0 - rate))
    return float(special.expit(centre - reach)), float(special.expit(centre + reach))
