"""Conger's kappa: Cohen's for many raters, each with shares of its own."""

import numpy as np

from lib.estimation.agreement.chance_corrected import ChanceCorrected, QuadraticForm, Shares
from lib.estimation.agreement.fleiss_kappa import observed_agreement
from lib.estimation.agreement.ratings import Ratings
from lib.estimation.functionals import FloatArray

MOST_RATERS = 50


def conger_kappa(ratings: Ratings, alike: FloatArray) -> ChanceCorrected:
    """Return κ with p_e the mean over pairs of raters g ≠ h of Σ a_kl p_gk p_hl, p_gk shares of rater g's own votes.

    Conger (1980); missing votes: Gwet (2014), eq. 2.12. With two raters and no missing vote it is Cohen's kappa.

    Args:
        ratings: votes of two to 50 raters
        alike: a_kl of `agreement_matrix`

    Returns:
        the functional, for any design of the items

    Raises:
        ValueError: there are fewer or more raters

    """
    n_raters = ratings.raters.size
    if not 2 <= n_raters <= MOST_RATERS:
        raise ValueError(f"rater: {n_raters} raters; Conger's kappa is for 2 to {MOST_RATERS}, take Fleiss' or alpha.")
    votes = [ratings.of_rater(rater) for rater in range(n_raters)]
    voted = np.hstack([np.repeat(vote.sum(axis=1, keepdims=True), vote.shape[1], axis=1) for vote in votes])
    pairs = np.ones((n_raters, n_raters)) - np.eye(n_raters)
    matrix = np.asarray(np.kron(pairs, alike) / (n_raters * (n_raters - 1.0)), dtype=np.float64)
    return ChanceCorrected(
        observed_agreement(ratings.counts, alike), QuadraticForm(Shares(np.hstack(votes), voted), matrix)
    )
