"""Bootstraps of cluster samples that draw PSUs with replacement within strata."""

import numpy as np
from numpy.random import Generator

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.primary_stage import average_factor, primary_stage
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import FloatArray


def rao_wu_bootstrap(design: ClusterDesign, *, n_replicates: int, random: Generator) -> ReplicateDesign:
    """Return replicates of the rescaling bootstrap: n_h - 1 draws with replacement in each stratum.

    A PSU drawn m times weighs m·n_h/(n_h - 1) times as much: Rao & Wu (1988), Rao, Wu & Yue (1992). Over the draws the
    variance of a total is exactly that of PSUs drawn with replacement, for any n_h >= 2. R calls it subbootstrap.

    Args:
        design: the cluster sample, without finite population correction
        n_replicates: number of replicates R; the variance has a simulation error of about √(2/R)
        random: source of the draws

    Returns:
        the sample with its replicates, scale 1/(R - 1)

    Raises:
        ValueError: see `primary_stage`

    """
    primary = primary_stage(design, method="the Rao-Wu bootstrap", corrects_finite_population=False)
    factors = np.ones((primary.n_psus, n_replicates))
    for psus in primary.strata:
        n = psus.size
        factors[psus] = _times_drawn(n, n - 1, n_replicates, random) * n / (n - 1.0)
    return ReplicateDesign(
        given_weights=design.weights,
        replicate_weights=primary.row_weights(design, factors),
        scale=average_factor(design, primary) / (n_replicates - 1.0),
    )


def canty_davison_bootstrap(design: ClusterDesign, *, n_replicates: int, random: Generator) -> ReplicateDesign:
    """Return replicates of the bootstrap that draws n_h of n_h PSUs with replacement in each stratum.

    Its variance is too small by (n_h - 1)/n_h. One scale for all strata makes up for that, with the harmonic mean n̄ of
    the n_h: n̄/((n̄ - 1)(R - 1)), so it is exact only if all n_h are equal (Canty & Davison 1999). It is here because
    data come with such weights; for new ones take `rao_wu_bootstrap`.

    Args:
        design: the cluster sample, without finite population correction
        n_replicates: number of replicates R
        random: source of the draws

    Returns:
        the sample with its replicates

    Raises:
        ValueError: see `primary_stage`

    """
    primary = primary_stage(design, method="the Canty-Davison bootstrap", corrects_finite_population=False)
    factors = np.ones((primary.n_psus, n_replicates))
    for psus in primary.strata:
        factors[psus] = _times_drawn(psus.size, psus.size, n_replicates, random)
    harmonic_mean = 1.0 / np.mean([1.0 / psus.size for psus in primary.strata])
    return ReplicateDesign(
        given_weights=design.weights,
        replicate_weights=primary.row_weights(design, factors),
        scale=average_factor(design, primary) * float(harmonic_mean / ((harmonic_mean - 1.0) * (n_replicates - 1.0))),
    )


def _times_drawn(n: int, n_draws: int, n_replicates: int, random: Generator) -> FloatArray:
    """How often each of n units is drawn in n_draws draws with replacement: (n, replicates)."""
    drawn = random.multinomial(n_draws, np.full(n, 1.0 / n), size=n_replicates)
    return drawn.T.astype(np.float64)
