"""The jackknife: one primary sampling unit is left out at a time."""

import numpy as np

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.primary_stage import average_factor, primary_stage
from lib.estimation.designs.replicate_weights import ReplicateDesign


def jackknife(design: ClusterDesign, *, is_mse: bool = False) -> ReplicateDesign:
    """Return the jackknife replicates: JKn, stratum by stratum; JK1 if the design has a single stratum.

    In the replicate without PSU i of stratum h, the other PSUs of h weigh n_h/(n_h - 1) times as much;
    rscales = (1 - n_h/N_h)(n_h - 1)/n_h, and scale is 1 (Rust & Rao 1996). Only primary units are
    replicated, so a design with several stages is treated as its ultimate clusters. For a sample without strata the
    same figures are the JK1 of survey software, (n - 1)/n as a common scale.

    Args:
        design: the cluster sample; of the rules for lonely PSUs `remove`, `certainty` and `average` can be followed
        is_mse: whether deviations are taken from the full-sample estimate

    Returns:
        the sample with one replicate a PSU

    Raises:
        ValueError: see `primary_stage`

    """
    primary = primary_stage(design, method="the jackknife", corrects_finite_population=True)
    n_replicates = sum(psus.size for psus in primary.strata)
    factors = np.ones((primary.n_psus, n_replicates))
    rscales = np.empty(n_replicates)
    start = 0
    for psus in primary.strata:
        n = psus.size
        replicates = np.arange(start, start + n)
        factors[np.ix_(psus, replicates)] = n / (n - 1.0)
        factors[psus, replicates] = 0.0
        rscales[replicates] = primary.correction(psus) * (n - 1.0) / n
        start += n
    return ReplicateDesign(
        given_weights=design.weights,
        replicate_weights=primary.row_weights(design, factors),
        scale=average_factor(design, primary),
        rscales=rscales,
        is_mse=is_mse,
    )
