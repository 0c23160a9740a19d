"""Splits a sample size over the strata of a table."""

import numpy as np
import pandas as pd

from lib.sampling.allocation import allocate
from lib.sampling.array_selection import poisson_factor
from scripts.labelled_tables.columns import FloatArray, TextArray


def proportional_sizes(n: int, stratum: TextArray, size_measure: FloatArray) -> dict[str, int]:
    """Return rows to draw per stratum, proportional to Σ min(1, c w), at least 1 and at most all.

    c solves Σ min(1, c w) = n over all rows, so these are the rows that a draw without strata expects: proportional
    to Σ w where no row is large enough to be certain.

    Args:
        n: rows to draw in total; no less than there are strata
        stratum: stratum of each row
        size_measure: w of each row, > 0

    Returns:
        rows per stratum, summing to `n` or to all rows if there are no more; empty if there are more strata than `n`

    """
    counts = {str(name): int(count) for name, count in pd.Series(stratum).value_counts().items()}
    if n < len(counts):
        return {}
    if (factor := poisson_factor(size_measure, n)) is None:
        return counts
    expected = pd.Series(np.minimum(1.0, factor * size_measure)).groupby(stratum).sum()
    return allocate(
        n,
        population_sizes=counts,
        stratum_sizes={str(name): float(total) for name, total in expected.items()},
        minimum_stratum_size=1,
        design_name="",
    )
