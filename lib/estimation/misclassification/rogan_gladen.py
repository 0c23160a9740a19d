"""Rogan-Gladen correction of an apparent prevalence, with known or estimated error rates."""

import numpy as np
from scipy import stats

from lib.estimation.design_estimates import DesignEstimates
from lib.estimation.misclassification.apparent_prevalence import ApparentPrevalence
from lib.estimation.misclassification.binomial_limits import BinomialLimits, binomial_limits
from lib.estimation.misclassification.corrected_prevalence import CorrectedPrevalence, out_of_range, uninformative
from lib.estimation.misclassification.labeler_rates import LabelerRates


def rogan_gladen_estimate(apparent: float, sensitivity: float, specificity: float) -> float:
    """Return (p + sp - 1)/(se + sp - 1), not clipped: Rogan & Gladen (1978).

    Args:
        apparent: p, share of positive labels
        sensitivity: se
        specificity: sp, with se + sp > 1

    Returns:
        the corrected prevalence, below 0 where p < 1 - sp and above 1 where p > se

    """
    return (apparent + specificity - 1.0) / (sensitivity + specificity - 1.0)


def rogan_gladen_known(
    apparent: ApparentPrevalence, rates: LabelerRates, *, limits: BinomialLimits = "wilson", level: float = 0.95
) -> CorrectedPrevalence:
    """Correct by error rates that are taken as exact: the limits of p, mapped as p itself.

    Too narrow if the rates come from an audit; then use `rogan_gladen` or `lang_reiczigel`.

    Args:
        apparent: share of positive labels and its effective size
        rates: sensitivity and specificity; their covariance is ignored
        limits: binomial limits of p on its effective size
        level: nominal coverage in (0, 1)

    Returns:
        the corrected prevalence, or the reason for refusal

    """
    if reason := uninformative(rates):
        return CorrectedPrevalence(None, None, None, None, level, reason)
    sensitivity, specificity = rates.both
    centre = rogan_gladen_estimate(apparent.share, sensitivity, specificity)
    low, high = (
        rogan_gladen_estimate(limit, sensitivity, specificity)
        for limit in binomial_limits(limits, apparent.share, apparent.size, level)
    )
    std_error = float(np.sqrt(apparent.variance)) / (sensitivity + specificity - 1.0)
    return CorrectedPrevalence(centre, std_error, low, high, level, out_of_range(centre, apparent, rates))


def rogan_gladen(apparent: ApparentPrevalence, rates: LabelerRates, *, level: float = 0.95) -> CorrectedPrevalence:
    """Correct by estimated error rates, with the delta variance of independent main and audit samples.

        V̂ = [V̂(p) + π² V̂(se) + (1 - π)² V̂(sp) - 2 π(1 - π) Ĉov(se, sp)] / (se + sp - 1)²        limits π ± z·se(π)

    Rogan & Gladen (1978), with design-based variances in place of the binomial ones. The limits are poor where few
    labels are positive, and collapse where se, sp and p all are 0 or 1: `lang_reiczigel` holds its level there.

    Args:
        apparent: share of positive labels in the main sample, and its variance
        rates: sensitivity and specificity from the audit sample, with their covariance
        level: nominal coverage in (0, 1)

    Returns:
        the corrected prevalence, or the reason for refusal

    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
    if reason := uninformative(rates):
        return CorrectedPrevalence(None, None, None, None, level, reason)
    sensitivity, specificity = rates.both
    centre = rogan_gladen_estimate(apparent.share, sensitivity, specificity)
    covariance = np.zeros((3, 3))
    covariance[0, 0] = apparent.variance
    covariance[1:, 1:] = rates.covariance
    inputs = DesignEstimates(np.array([apparent.share, sensitivity, specificity]), covariance)
    gradient = np.array([1.0, -centre, 1.0 - centre]) / (sensitivity + specificity - 1.0)
    std_error = float(inputs.transformed([centre], [gradient.tolist()]).std_errors[0])
    reach = float(stats.norm.isf((1.0 - level) / 2.0)) * std_error
    return CorrectedPrevalence(
        centre, std_error, centre - reach, centre + reach, level, out_of_range(centre, apparent, rates)
    )
