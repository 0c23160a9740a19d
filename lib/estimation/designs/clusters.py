"""Cluster samples: strata, primary sampling units, and units within them at any further stage."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.lonely_psus import LONELY_PSU_RULES, LonelyPsuRule, centre_strata, sum_by
from lib.estimation.designs.sampling_stages import NestedStage, SamplingStage, nest_stages
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class ClusterDesign(LinearisedDesign):
    """Simple random sampling of clusters within strata, and of units within clusters at any number of stages.

        V̂(Σ w z) = Σ_k Σ_h (Π_{j<k} n_j/N_j) (1 - n_kh/N_kh) n_kh/(n_kh - 1) Σ_i (t_khi - t̄_kh)²

    with t_khi the weighted total of unit i of stage k: Särndal, Swensson & Wretman (1992), result 4.3.1,
    in the recursive form of Bellhouse (1985). Give the first stage alone, without population sizes, for the
    ultimate-cluster variance (Hansen, Hurwitz & Madow 1953), which is right for PSUs drawn with replacement and
    conservative for PSUs drawn without. A stage below one without population sizes adds nothing: t̄ already varies by
    it.

    Attributes:
        stages: stages of selection, PSUs first
        given_weights: one a row; None takes Π N/n over the stages, which then all need population sizes
        lonely_psus: what a stratum adds from which one unit was sampled, see `lonely_psus.centre_strata`
        adjusts_lonely_in_domains: whether `adjust` and `average` also treat strata that are lonely in the domain only
        nests_labels: whether the same PSU label in two strata means two PSUs
        domain: set by `within`

    """

    stages: Sequence[SamplingStage]
    given_weights: npt.ArrayLike | None = None
    lonely_psus: LonelyPsuRule = "fail"
    adjusts_lonely_in_domains: bool = False
    nests_labels: bool = False
    domain: BoolArray | None = None

    def __post_init__(self) -> None:
        if self.lonely_psus not in LONELY_PSU_RULES:
            raise ValueError(f"lonely_psus: {self.lonely_psus!r} is not known; one of {', '.join(LONELY_PSU_RULES)}.")
        if self.weights.shape != (self.n_rows,) or not np.isfinite(self.weights).all():
            raise ValueError(
                f"given_weights: {self.weights.shape} for {self.n_rows} rows, all finite wanted; without weights every "
                "stage needs finite population_sizes."
            )

    @cached_property
    def nested_stages(self) -> tuple[NestedStage, ...]:
        """The stages with their labels resolved."""
        return nest_stages(self.stages, nests_labels=self.nests_labels)

    @property
    def n_rows(self) -> int:
        """Number of rows of the sample."""
        return self.nested_stages[0].unit_of_row.size

    @cached_property
    def _weights(self) -> FloatArray:
        if self.given_weights is not None:
            return np.asarray(self.given_weights, dtype=np.float64)
        weights = np.ones(self.n_rows)
        for stage in self.nested_stages:
            weights = weights * (stage.population_size / stage.n_sampled)[stage.stratum_of_row]
        return weights

    @property
    def weights(self) -> FloatArray:
        """One weight a row."""
        return self._weights

    def within(self, is_in_domain: BoolArray) -> "ClusterDesign":
        """Return the design as the domain sees it: strata without a row in the domain do not count.

        Estimates of a domain need no such call; it matters for lonely strata only. Without it every stratum of the
        sample counts, with it those of the domain do, as if the sample were subset with its design.
        """
        return replace(self, domain=np.asarray(is_in_domain, dtype=bool))

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ w z for `values` z of shape (rows, statistics): (statistics)²."""
        is_counted = np.ones(self.n_rows, dtype=bool) if self.domain is None else self.domain
        weighted = np.where(is_counted[:, None], values * self.weights[:, None], 0.0)
        covariance = np.zeros((values.shape[1], values.shape[1]))
        for stage in self.nested_stages:
            totals = sum_by(stage.unit_of_row, weighted, stage.n_units)
            is_present = np.bincount(stage.unit_of_row, weights=is_counted, minlength=stage.n_units) > 0
            if not stage.fraction_above.any():
                break
            strata = centre_strata(
                stage,
                totals,
                is_present,
                rule=self.lonely_psus,
                adjusts_in_domains=self.adjusts_lonely_in_domains,
            )
            deviations = totals - strata.centre[stage.stratum_of_unit]
            factor = (stage.fraction_above * strata.scale)[stage.stratum_of_unit]
            # einsum, not @: BLAS would start threads for these thin matrices
            covariance += np.einsum("i,ij,ik->jk", factor, deviations, deviations)
        return covariance

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return PSUs less strata, both counted within the domain (Korn & Graubard 1999, section 5.2), at least 1."""
        is_counted = self.weights != 0.0
        for domain in (self.domain, is_in_domain):
            is_counted = is_counted if domain is None else is_counted & domain
        first = self.nested_stages[0]
        n_psus = np.unique(first.unit_of_row[is_counted]).size
        n_strata = np.unique(first.stratum_of_row[is_counted]).size
        return float(max(1, n_psus - n_strata))
