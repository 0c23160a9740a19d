"""Apparent prevalence: the share that the labeler calls positive, before any correction."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import FloatArray, Ratio
from lib.estimation.misclassification.labeler_rates import effective_size


@dataclass(frozen=True)
class ApparentPrevalence:
    """Share of positive labels.

    Attributes:
        share: in [0, 1]
        variance: of the share
        size: effective sample size, for intervals of a binomial share

    """

    share: float
    variance: float
    size: float

    @classmethod
    def from_counts(cls, n_positive: float, n: float) -> "ApparentPrevalence":
        """Return the share of a simple random sample, binomial variance p(1 - p)/n."""
        if not 0 <= n_positive <= n or n <= 0:
            raise ValueError(f"There cannot be {n_positive} positive labels on {n} units.")
        share = n_positive / n
        return cls(share, share * (1.0 - share) / n, float(n))


def apparent_prevalence(
    main: AnalysisDesign, labels: FloatArray, *, exposure: FloatArray | None = None
) -> ApparentPrevalence:
    """Estimate Σ w x y / Σ w x of a labelled sample under its own design.

    Args:
        main: design of the labelled sample
        labels: y, 1 for units that the labeler calls positive, else 0
        exposure: x, e.g. viewed pins; None for units

    Returns:
        the share; with a size by Kish's rule where no label, or every label, is positive

    Raises:
        ValueError: labels are not 0 or 1, the lengths differ, or there is no exposure

    """
    if len(labels) != len(main.weights):
        raise ValueError(f"There are {len(labels)} labels for {len(main.weights)} sampled units.")
    if not np.all(np.isin(labels, (0.0, 1.0))):
        raise ValueError("Labels must be 0 or 1; leave out units without a verdict.")
    measure = np.ones_like(main.weights) if exposure is None else exposure
    if not main.weights @ measure > 0.0:
        raise ValueError("Apparent prevalence has no meaning without exposure in the sample.")
    estimates = estimate(main, [Ratio(labels * measure, measure)])
    share, variance = float(estimates.values[0]), max(0.0, float(estimates.covariance[0, 0]))
    return ApparentPrevalence(share, variance, effective_size(share, variance, main.weights * measure))
