"""Balanced repeated replication: half-samples of one PSU a stratum, in balance over the strata."""

import numpy as np

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.hadamard_matrices import hadamard_matrix
from lib.estimation.designs.primary_stage import primary_stage
from lib.estimation.designs.replicate_weights import ReplicateDesign


def balanced_half_samples(
    design: ClusterDesign, *, fay_coefficient: float = 0.0, is_mse: bool = False
) -> ReplicateDesign:
    """Return BRR replicates (McCarthy 1969), or Fay's with a coefficient above 0 (Judkins 1990).

    Replicate r weighs one PSU of stratum h by 2 - ρ and the other by ρ, as entry (r, h + 1) of a Hadamard matrix of
    order R > H says; scale = 1/(R (1 - ρ)²). The half-samples are in full orthogonal balance, so the variance of a
    total is exactly the linearised one.

    Args:
        design: a cluster sample with exactly two PSUs in every stratum, without finite population correction
        fay_coefficient: ρ in [0, 1): 0 is BRR; 0.3 to 0.5 keeps small domains from vanishing in a replicate
        is_mse: whether deviations are taken from the full-sample estimate

    Returns:
        the sample with its replicates

    Raises:
        ValueError: a stratum has another number of PSUs, or see `primary_stage`

    """
    if not 0.0 <= fay_coefficient < 1.0:
        raise ValueError(f"fay_coefficient: {fay_coefficient} is outside [0, 1).")
    primary = primary_stage(design, method="BRR", corrects_finite_population=False)
    sizes = [psus.size for psus in primary.strata] + [1] * primary.n_left_out
    if set(sizes) != {2}:
        raise ValueError(
            f"strata: BRR needs exactly two sampled PSUs in every stratum, here are {min(sizes)} to {max(sizes)}. Use "
            "the jackknife or the bootstrap."
        )
    signs = hadamard_matrix(len(sizes) + 1)
    n_replicates = signs.shape[0]
    factors = np.empty((primary.n_psus, n_replicates))
    for index, (first, second) in enumerate(primary.strata, start=1):
        factors[first] = 1.0 + (1.0 - fay_coefficient) * signs[index]
        factors[second] = 1.0 - (1.0 - fay_coefficient) * signs[index]
    return ReplicateDesign(
        given_weights=design.weights,
        replicate_weights=primary.row_weights(design, factors),
        scale=1.0 / (n_replicates * (1.0 - fay_coefficient) ** 2),
        is_mse=is_mse,
    )
