"""Fleiss' kappa: chance by the categories' shares among all votes."""

from lib.estimation.agreement.chance_corrected import ChanceCorrected, QuadraticForm, Shares, within_items
from lib.estimation.functionals import FloatArray, Ratio


def fleiss_kappa(counts: FloatArray, alike: FloatArray) -> ChanceCorrected:
    """Return κ with p_e = Σ a_kl π_k π_l, π_k the mean of r_ik/r_i over items with a vote.

    Fleiss (1971); two raters: Scott's π (1955); missing votes: Gwet (2014), eq. 2.11.

    Args:
        counts: r_ik of `Ratings`
        alike: a_kl of `agreement_matrix`

    Returns:
        the functional, for any design of the items

    """
    return ChanceCorrected(observed_agreement(counts, alike), QuadraticForm(category_shares(counts), alike))


def observed_agreement(counts: FloatArray, alike: FloatArray) -> Ratio:
    """Return p_a, the mean over items with two votes or more of the share of agreeing pairs."""
    return Ratio(within_items(counts, alike), (counts.sum(axis=1) >= 2.0).astype(float))


def category_shares(counts: FloatArray) -> Shares:
    """Return π_k, the mean over items with a vote of r_ik/r_i."""
    votes = counts.sum(axis=1, keepdims=True)
    has_vote = (votes > 0.0).astype(float)
    return Shares(counts / (votes + (1.0 - has_vote)), has_vote)
