"""Sensitivity and specificity of a labeler, weighted, with their covariance."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import FloatArray, Ratio


@dataclass(frozen=True, eq=False)
class LabelerRates:
    """Error rates of a labeler against the truth.

    Attributes:
        sensitivity: P(labelled positive | truly positive); None if the audit has no positive unit
        specificity: P(labelled negative | truly negative); None if the audit has no negative unit
        covariance: of (sensitivity, specificity); 0 for rates that are not known, or known exactly
        positive_size: effective number of truly positive units: se(1 - se)/V̂(se), or Kish's (Σw)²/Σw² where that is not
            defined; infinity for a rate that is known exactly
        negative_size: the same of truly negative units

    """

    sensitivity: float | None
    specificity: float | None
    covariance: FloatArray
    positive_size: float
    negative_size: float

    @property
    def both(self) -> tuple[float, float]:
        """Sensitivity and specificity; ValueError if the audit could not give one of them."""
        if self.sensitivity is None or self.specificity is None:
            raise ValueError(
                "Sensitivity or specificity is not known: the audit lacks truly positive or negative units."
            )
        return self.sensitivity, self.specificity

    @classmethod
    def known(cls, sensitivity: float, specificity: float) -> "LabelerRates":
        """Return rates that carry no uncertainty, as a manufacturer states them."""
        for name, rate in (("sensitivity", sensitivity), ("specificity", specificity)):
            if not 0.0 <= rate <= 1.0:
                raise ValueError(f"The {name} must be in [0, 1], not {rate}.")
        return cls(sensitivity, specificity, np.zeros((2, 2)), np.inf, np.inf)

    @classmethod
    def from_counts(
        cls, n_true_positive: float, n_positive: float, n_true_negative: float, n_negative: float
    ) -> "LabelerRates":
        """Return the rates of two simple random samples, binomial variances se(1 - se)/n.

        Args:
            n_true_positive: truly positive units that were labelled positive
            n_positive: truly positive units
            n_true_negative: truly negative units that were labelled negative
            n_negative: truly negative units

        Returns:
            the rates

        Raises:
            ValueError: a count is negative or larger than its total

        """
        for count, size in ((n_true_positive, n_positive), (n_true_negative, n_negative)):
            if not 0 <= count <= size:
                raise ValueError(f"A labeler cannot be right on {count} of {size} units.")
        sensitivity = n_true_positive / n_positive if n_positive else None
        specificity = n_true_negative / n_negative if n_negative else None
        variances = [
            rate * (1.0 - rate) / size if rate is not None else 0.0
            for rate, size in ((sensitivity, n_positive), (specificity, n_negative))
        ]
        return cls(sensitivity, specificity, np.diag(variances), float(n_positive), float(n_negative))


def labeler_rates(
    audit: AnalysisDesign, labels: FloatArray, truth: FloatArray, *, exposure: FloatArray | None = None
) -> LabelerRates:
    """Estimate sensitivity and specificity from a probability sample with labels and truth.

        se = Σ w x y·t / Σ w x t        sp = Σ w x (1 - y)(1 - t) / Σ w x (1 - t)        y label, t truth, x exposure

    ratios under the audit's own design (Särndal, Swensson & Wretman 1992, section 5.6). Unweighted rates of an audit
    that looks more often where the score is high are biased.

    Args:
        audit: design of the audit sample
        labels: 1 for units that the labeler calls positive, else 0
        truth: 1 for truly positive units, else 0
        exposure: x, to have the rates of a view-weighted measure; None for units

    Returns:
        the rates; one that the audit cannot give is None

    Raises:
        ValueError: labels or truth are not 0 or 1, the lengths differ, or there is no exposure

    """
    for name, column in (("labels", labels), ("truth", truth)):
        if len(column) != len(audit.weights):
            raise ValueError(f"There are {len(column)} {name} for {len(audit.weights)} audited units.")
        if not np.all(np.isin(column, (0.0, 1.0))):
            raise ValueError(f"Audit {name} must be 0 or 1; leave out units without a verdict.")
    measure = np.ones_like(audit.weights) if exposure is None else exposure
    of_class = (measure * truth, measure * (1.0 - truth))
    right = (of_class[0] * labels, of_class[1] * (1.0 - labels))
    if not audit.weights @ measure > 0.0:
        raise ValueError("Error rates have no meaning without exposure in the audit sample.")
    estimable = [index for index, size in enumerate(of_class) if audit.weights @ size > 0.0]
    rates: list[float | None] = [None, None]
    covariance = np.zeros((2, 2))
    estimates = estimate(audit, [Ratio(right[index], of_class[index]) for index in estimable])
    for row, index in enumerate(estimable):
        rates[index] = float(estimates.values[row])
    covariance[np.ix_(estimable, estimable)] = estimates.covariance
    sizes = [
        effective_size(rate, float(covariance[index, index]), audit.weights * of_class[index])
        for index, rate in enumerate(rates)
    ]
    return LabelerRates(rates[0], rates[1], covariance, *sizes)


def effective_size(rate: float | None, variance: float, weights: FloatArray) -> float:
    """Return the size of the simple random sample that would know the rate as well.

    r(1 - r)/V̂(r) (Korn & Graubard 1998); where the rate is 0 or 1, or has no variance, Kish's (1965) (Σw)²/Σw².

    Args:
        rate: the estimated share; None if there is none
        variance: its variance
        weights: of the units that it is a share of, 0 for others

    Returns:
        the size, 0 without units

    """
    if rate is not None and 0.0 < rate < 1.0 and variance > 0.0:
        return rate * (1.0 - rate) / variance
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0
