"""What replication of a cluster sample needs of its first stage."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.sampling_stages import IntArray, NestedStage
from lib.estimation.functionals import FloatArray


@dataclass(frozen=True, eq=False)
class PrimaryStage:
    """The PSUs of a cluster sample, by stratum.

    Attributes:
        stage: the first stage of the design
        strata: indices of the PSUs of each stratum that is replicated: those with two PSUs or more, not all of them
            in the sample by design
        n_left_out: strata from which one PSU was sampled, which the rule of the design leaves out

    """

    stage: NestedStage
    strata: tuple[IntArray, ...]
    n_left_out: int

    @property
    def n_psus(self) -> int:
        """Number of sampled PSUs, those of strata without replication included."""
        return self.stage.n_units

    def correction(self, psus: IntArray) -> float:
        """Return 1 - n/N of the stratum of these PSUs."""
        return float(1.0 - self.stage.sampling_fraction[self.stage.stratum_of_unit[psus[0]]])

    def row_weights(self, design: ClusterDesign, factors: FloatArray) -> FloatArray:
        """Return the replicate weights (rows, replicates) from the factors of the PSUs (PSUs, replicates)."""
        weights: FloatArray = design.weights[:, None] * factors[self.stage.unit_of_row]
        return weights


def primary_stage(design: ClusterDesign, *, method: str, corrects_finite_population: bool) -> PrimaryStage:
    """Return the strata of the first stage that replicates are made of.

    Args:
        design: the cluster sample; strata with one PSU follow its rule
        method: name of the replication method, for messages
        corrects_finite_population: whether the method knows a finite population correction of a single stage

    Returns:
        the stage and its strata

    Raises:
        ValueError: a stratum has one PSU and the rule is `fail` or `adjust`, or the design has a finite population
            correction that the method cannot show

    """
    stage = design.nested_stages[0]
    is_finite = bool(np.isfinite(stage.population_size).any())
    if is_finite and not corrects_finite_population:
        raise ValueError(
            f"population_sizes: {method} has no finite population correction. Leave the sizes out and give the weights "
            "(conservative), or use the stratified jackknife or Preston's bootstrap."
        )
    if is_finite and len(design.nested_stages) > 1:
        raise ValueError(
            f"population_sizes: {method} replicates PSUs only; corrected at the first stage it would miss the variance "
            "within PSUs. Use Preston's bootstrap, or leave the sizes out and give the weights (conservative)."
        )
    n, size = stage.n_sampled, stage.population_size
    is_lonely = (n == 1.0) & (size > 1.0)
    if is_lonely.any() and design.lonely_psus in ("fail", "adjust"):
        name = stage.labels[int(np.flatnonzero(is_lonely)[0])]
        raise ValueError(
            f"lonely_psus: stratum {name} has one sampled PSU, and {method} with the rule {design.lonely_psus} has no "
            "replicate for it. Merge the stratum with a like one, or choose remove, certainty or average."
        )
    order = np.argsort(stage.stratum_of_unit, kind="stable")
    members = np.split(order, np.cumsum(n.astype(int))[:-1])
    is_replicated = (n > 1.0) & (n < size)
    strata = tuple(psus for psus, keeps in zip(members, is_replicated, strict=True) if keeps)
    if not strata:
        raise ValueError(f"strata: {method} has nothing to replicate, every PSU of the population is in the sample.")
    return PrimaryStage(stage=stage, strata=strata, n_left_out=int(is_lonely.sum()))


def average_factor(design: ClusterDesign, primary: PrimaryStage) -> float:
    """Return H/(H - lonely strata) under the rule `average`, else 1."""
    n_strata = primary.stage.n_sampled.size
    return n_strata / (n_strata - primary.n_left_out) if design.lonely_psus == "average" else 1.0
