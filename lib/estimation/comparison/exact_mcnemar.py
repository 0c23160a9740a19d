"""McNemar's test in its exact form: whether disagreements of two labelers fall evenly to both sides."""

from scipy import stats


def exact_mcnemar(n_only_first: int, n_only_second: int) -> float:
    """Return the two-sided p-value of equal rates from the pairs in which only one of two labelers is right.

        p = min(1, 2·P(X <= min(b, c)))    X ~ Binomial(b + c, ½)

    McNemar (1947), exact: Agresti (2013), Categorical Data Analysis, section 11.1.4. It takes no weights.

    Args:
        n_only_first: b, items on which only the first is right
        n_only_second: c, items on which only the second is right

    Returns:
        p-value in (0, 1]; 1 without a disagreement

    Raises:
        ValueError: a count is negative

    """
    if min(n_only_first, n_only_second) < 0:
        raise ValueError(f"Counts of disagreements must be >= 0, not {n_only_first} and {n_only_second}.")
    n = n_only_first + n_only_second
    return min(1.0, 2.0 * float(stats.binom.cdf(min(n_only_first, n_only_second), n, 0.5))) if n else 1.0
