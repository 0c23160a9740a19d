"""Preston's rescaled bootstrap for any number of stages, with finite population corrections at each."""

import numpy as np
from numpy.random import Generator

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.designs.sampling_stages import NestedStage
from lib.estimation.functionals import FloatArray


def multistage_bootstrap(design: ClusterDesign, *, n_replicates: int, random: Generator) -> ReplicateDesign:
    """Return replicates of the rescaled multistage bootstrap: half of the units of each stage without replacement.

    Of n units of a stratum n* = ⌊n/2⌋ are kept, at a later stage within the units kept above. The factor of a row is

        1 + Σ_k Π_{j<k} √(n_j/n*_j) kept_j · λ_k (n_k/n*_k kept_k - 1)
        λ_k² = Π_{j<k} f_j · n*_k (1 - f_k)/(n_k - n*_k)

    so that over the draws the variance of a total is that of `ClusterDesign`: Preston (2009). Where every
    unit of a stratum was taken, all are kept. R calls it mrbbootstrap.

    Args:
        design: the cluster sample
        n_replicates: number of replicates R
        random: source of the draws

    Returns:
        the sample with its replicates, rscales 1/(R - 1)

    Raises:
        ValueError: a stratum of some stage has one sampled unit, unless the rule is `remove` or `certainty`

    """
    n_rows = design.n_rows
    factors = np.ones((n_rows, n_replicates))
    kept_above = np.ones((n_rows, n_replicates))
    for stage in design.nested_stages:
        if not stage.fraction_above.any():
            break
        _refuse_lonely(design, stage)
        kept, n_kept = _keep_half(stage, n_replicates, random)
        n, f = stage.n_sampled, stage.sampling_fraction
        scale = np.sqrt(stage.fraction_above * n_kept * (1.0 - f) / np.maximum(n - n_kept, 1.0))
        ratio, unit = n / n_kept, stage.unit_of_row
        in_stratum = stage.stratum_of_unit
        term = scale[in_stratum][:, None] * (ratio[in_stratum][:, None] * kept - 1.0)
        factors += kept_above * term[unit]
        kept_above *= (np.sqrt(ratio[in_stratum])[:, None] * kept)[unit]
    return ReplicateDesign(
        given_weights=design.weights,
        replicate_weights=design.weights[:, None] * factors,
        rscales=np.full(n_replicates, 1.0 / (n_replicates - 1.0)),
        given_degrees_of_freedom=min(design.degrees_of_freedom(), n_replicates - 1.0),
    )


def _keep_half(stage: NestedStage, n_replicates: int, random: Generator) -> tuple[FloatArray, FloatArray]:
    """Which units are kept (units, replicates), and how many of each stratum; all where n = N or n = 1."""
    n = stage.n_sampled
    keeps_all = (n == stage.population_size) | (n == 1.0)
    n_kept = np.where(keeps_all, n, np.floor(n / 2.0))
    kept = np.ones((stage.n_units, n_replicates))
    order = np.argsort(stage.stratum_of_unit, kind="stable")
    for stratum, units in enumerate(np.split(order, np.cumsum(n.astype(int))[:-1])):
        if not keeps_all[stratum]:
            rank = random.random((units.size, n_replicates)).argsort(axis=0).argsort(axis=0)
            kept[units] = rank < n_kept[stratum]
    return kept, n_kept


def _refuse_lonely(design: ClusterDesign, stage: NestedStage) -> None:
    is_lonely = (stage.n_sampled == 1.0) & (stage.population_size > 1.0) & (stage.fraction_above > 0.0)
    if is_lonely.any() and design.lonely_psus not in ("remove", "certainty"):
        name = stage.labels[int(np.flatnonzero(is_lonely)[0])]
        raise ValueError(
            f"lonely_psus: stratum {name} of stage {stage.number} has one sampled unit, of which half cannot be kept. "
            "Merge the stratum with a like one, or choose remove or certainty."
        )
