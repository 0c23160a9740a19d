"""The kappa of Brennan & Prediger: chance as if every category were as likely."""

import numpy as np

from lib.estimation.agreement.chance_corrected import ChanceCorrected, QuadraticForm
from lib.estimation.agreement.fleiss_kappa import category_shares, observed_agreement
from lib.estimation.functionals import FloatArray


def brennan_prediger(counts: FloatArray, alike: FloatArray) -> ChanceCorrected:
    """Return the coefficient with p_e = Σ a_kl/q², q categories.

    Brennan & Prediger (1981); Randolph's free-marginal kappa (2005).

    Args:
        counts: r_ik of `Ratings`
        alike: a_kl of `agreement_matrix`

    Returns:
        the functional, for any design of the items

    """
    # shares sum to 1: a constant matrix makes a constant form
    constant = np.full_like(alike, alike.mean())
    return ChanceCorrected(observed_agreement(counts, alike), QuadraticForm(category_shares(counts), constant))
