"""Cohen's kappa of two raters, unweighted or weighted."""

import numpy as np

from lib.estimation.agreement.chance_corrected import ChanceCorrected, QuadraticForm, Shares
from lib.estimation.functionals import FloatArray, Ratio


def cohen_kappa(first: FloatArray, second: FloatArray, alike: FloatArray | None = None) -> ChanceCorrected:
    """Return κ with p_a = Σ a_kl p_kl and p_e = Σ a_kl p_k. p_.l, over the units that both raters judged.

    Cohen (1960), weighted: Cohen (1968). Its linearised variance under a design of independent units is that of Fleiss,
    Cohen & Everitt (1969) times n/(n - 1); with weights it is `svykappa` of R's survey.

    Args:
        first: category of the first rater, (units, categories): 1 at the category, a row of zeros for no verdict
        second: the same of the second rater
        alike: a_kl of `agreement_matrix`; None for the unweighted kappa

    Returns:
        the functional, for any design of the units

    Raises:
        ValueError: the two differ in shape

    """
    if first.shape != second.shape:
        raise ValueError(f"second: shape {second.shape} beside {first.shape}; both raters judge the same units.")
    a = np.eye(first.shape[1]) if alike is None else alike
    is_pair = first.sum(axis=1) * second.sum(axis=1)
    agreement = ((first @ a) * second).sum(axis=1)
    sides = np.hstack([first, second]) * is_pair[:, None]
    nothing = np.zeros_like(a)
    return ChanceCorrected(
        observed=Ratio(agreement, is_pair),
        expected=QuadraticForm(Shares(sides, is_pair[:, None]), np.block([[nothing, a], [nothing, nothing]])),
    )
