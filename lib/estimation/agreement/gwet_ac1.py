"""Gwet's AC1 and AC2: chance only where raters are in doubt, so that a rare category does not ruin the coefficient."""

import numpy as np

from lib.estimation.agreement.chance_corrected import ChanceCorrected, QuadraticForm
from lib.estimation.agreement.fleiss_kappa import category_shares, observed_agreement
from lib.estimation.functionals import FloatArray


def gwet_ac1(counts: FloatArray, alike: FloatArray) -> ChanceCorrected:
    """Return the coefficient with p_e = Σ a_kl/(q (q - 1)) Σ_k π_k(1 - π_k), q categories.

    Gwet (2008); AC2 if `alike` gives credit to neighbours: Gwet (2014), eq. 2.13.

    Args:
        counts: r_ik of `Ratings`, two categories or more
        alike: a_kl of `agreement_matrix`

    Returns:
        the functional, for any design of the items

    """
    q = alike.shape[0]
    if q < 2:
        raise ValueError(f"counts: {q} category; chance needs two, give all categories that a vote could name.")
    doubt = (1.0 - np.eye(q)) * alike.sum() / (q * (q - 1.0))
    return ChanceCorrected(observed_agreement(counts, alike), QuadraticForm(category_shares(counts), doubt))
