"""Confidence interval of Lang & Reiczigel for a prevalence corrected by estimated error rates."""

import numpy as np
from scipy import stats

from lib.estimation.misclassification.apparent_prevalence import ApparentPrevalence
from lib.estimation.misclassification.corrected_prevalence import CorrectedPrevalence, out_of_range, uninformative
from lib.estimation.misclassification.labeler_rates import LabelerRates
from lib.estimation.misclassification.rogan_gladen import rogan_gladen, rogan_gladen_estimate


def lang_reiczigel(apparent: ApparentPrevalence, rates: LabelerRates, *, level: float = 0.95) -> CorrectedPrevalence:
    """Correct by estimated error rates, with an interval that holds its level for rare outcomes and small audits.

    With z²/2 added to positive and negative labels, and one success and one failure to either rate,

        n' = n + z²     p' = (n p + z²/2)/n'     m' = m + 2     se' = (m se + 1)/m'     sp' alike     J' = se' + sp' - 1
        π' = (p' + sp' - 1)/J'        dπ = 2z² [π' se'(1 - se')/m_se' - (1 - π') sp'(1 - sp')/m_sp']
        V' = [p'(1 - p')/n' + π'² se'(1 - se')/m_se' + (1 - π')² sp'(1 - sp')/m_sp'] / J'²
        limits  π' + dπ ± z √V', within [0, 1]

    Lang & Reiczigel (2014), eq. 4, 6, 7, 16 and 17. Sizes are effective sizes where samples are weighted; sensitivity
    and specificity are taken as independent. A rate that is known exactly keeps its value (m = ∞). The estimate is
    Rogan & Gladen's and its standard error the delta method's.

    Args:
        apparent: share of positive labels and its effective size
        rates: sensitivity and specificity with their effective sizes
        level: nominal coverage in (0, 1)

    Returns:
        the corrected prevalence, or the reason for refusal; limits are given also where the estimate is out of range

    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
    if reason := uninformative(rates):
        return CorrectedPrevalence(None, None, None, None, level, reason)
    if not apparent.size > 0.0:
        raise ValueError(f"The effective size of the apparent prevalence must be > 0, not {apparent.size}.")
    delta = rogan_gladen(apparent, rates, level=level)
    centre = rogan_gladen_estimate(apparent.share, *rates.both)
    refused = out_of_range(centre, apparent, rates)
    limits = _limits(apparent, rates, float(stats.norm.isf((1.0 - level) / 2.0)))
    if limits is None:
        refused = refused or (
            "The audit is too small for an interval: with one success and one failure added to either rate, "
            "sensitivity and specificity add up to 1 or less; audit more units."
        )
        return CorrectedPrevalence(centre, delta.std_error, None, None, level, refused)
    low, high = np.clip(limits, 0.0, 1.0)
    return CorrectedPrevalence(centre, delta.std_error, float(low), float(high), level, refused)


def _limits(apparent: ApparentPrevalence, rates: LabelerRates, z: float) -> tuple[float, float] | None:
    sensitivity, sensitivity_variance = _adjusted(rates.both[0], rates.positive_size)
    specificity, specificity_variance = _adjusted(rates.both[1], rates.negative_size)
    youden = sensitivity + specificity - 1.0
    if youden <= 0.0:
        return None
    size = apparent.size + z**2
    share = (apparent.size * apparent.share + z**2 / 2.0) / size
    centre = rogan_gladen_estimate(share, sensitivity, specificity)
    shift = 2.0 * z**2 * (centre * sensitivity_variance - (1.0 - centre) * specificity_variance)
    variance = (
        share * (1.0 - share) / size + centre**2 * sensitivity_variance + (1.0 - centre) ** 2 * specificity_variance
    )
    reach = z * float(np.sqrt(variance)) / youden
    return centre + shift - reach, centre + shift + reach


def _adjusted(rate: float, size: float) -> tuple[float, float]:
    """Return the rate with one success and one failure added, and its variance; a known rate as it is."""
    if np.isinf(size):
        return rate, 0.0
    adjusted = (size * rate + 1.0) / (size + 2.0)
    return adjusted, adjusted * (1.0 - adjusted) / (size + 2.0)
