"""Samples of fixed size with unequal probabilities, their variance from the first-order probabilities alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.pairwise_variance import (
    VarianceForm,
    covariance_or_refusal,
    refuse_unknown_form,
    separable_covariance,
)
from lib.estimation.designs.strata import Strata
from lib.estimation.designs.unit_columns import finite_column, probability_column
from lib.estimation.functionals import BoolArray, FloatArray, Functional

PpsApproximation = Literal["brewer", "deville", "hartley_rao", "overton"]
PPS_APPROXIMATIONS: tuple[PpsApproximation, ...] = get_args(PpsApproximation)


@dataclass(frozen=True, eq=False)
class PpsFixedSize(LinearisedDesign):
    """Fixed-size sampling without replacement, P(i in s) = π_i, optionally within strata; x = z/π.

        brewer        Σ_h n_h/(n_h - 1) Σ_i (1 - π_i)(x_i - x̄_h)²                    Brewer (2002), chapter 9
        deville       Σ_h Σ_i (1 - π_i)(x_i - Σ a x)²/(1 - Σ a²), a = (1 - π)/Σ(1 - π)  Deville (1993)
        hartley_rao   D_ij = 1 - (n - π_i - π_j + Σ_U π²/n)/(n - 1)                  Hartley & Rao (1962)
        overton       D_ij = 1 - (n - (π_i + π_j)/2)/(n - 1)                         Overton (1985)

    with D = (π_ij - π_i π_j)/π_ij put into the form of Horvitz & Thompson or of Yates & Grundy
    (`pairwise_variance.joint_covariance`). All four hold for designs near maximum entropy (conditional Poisson,
    Sampford, Pareto, randomised systematic), not for systematic sampling from an ordered list. Units with π = 1 count
    in n and in the means, as in R's survey; to analyse them as the take-all stratum that they are (Särndal, Swensson &
    Wretman 1992, section 3.6.2), give them a stratum label of their own, where they add nothing.

    Attributes:
        inclusion_probability: π, in (0, 1]
        method: brewer, deville, hartley_rao or overton
        stratum: label of the stratum, one a sampled unit; None for one stratum
        form: of hartley_rao and overton
        squared_probability_total: Σ_U π² of the unit's stratum, one a sampled unit, for hartley_rao; None estimates it
            by Σ_s π

    """

    inclusion_probability: npt.ArrayLike
    method: PpsApproximation
    stratum: npt.ArrayLike | None = None
    form: VarianceForm = "horvitz_thompson"
    squared_probability_total: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.method not in PPS_APPROXIMATIONS:
            raise ValueError(f"method: {self.method!r} is not known; one of {', '.join(PPS_APPROXIMATIONS)}.")
        refuse_unknown_form(self.form)
        if self._probability.size == 0:
            raise ValueError(
                "inclusion_probability: there is no sampled unit; a sample of fixed size has at least one."
            )
        if self.method in {"brewer", "deville"} and self.form != "horvitz_thompson":
            raise ValueError(f"form: {self.method} has one form only; leave it out.")
        if self.method != "hartley_rao" and self.squared_probability_total is not None:
            raise ValueError(f"squared_probability_total: {self.method} has no use for it; leave it out.")
        self._strata.refuse_lonely(self._strata.sums(1.0 - self._probability[:, None])[:, 0] == 0.0)
        _ = self._mean_square

    @cached_property
    def _probability(self) -> FloatArray:
        return probability_column(self.inclusion_probability, "inclusion_probability")

    @cached_property
    def _strata(self) -> Strata:
        return Strata.of(self.stratum, self._probability.size)

    @cached_property
    def _mean_square(self) -> FloatArray:
        """Σ_U π²/n of each stratum."""
        if self.squared_probability_total is None:
            return self._strata.sums(self._probability[:, None])[:, 0] / self._strata.n_sampled
        field = "squared_probability_total"
        totals = finite_column(self.squared_probability_total, field, self._probability.size)
        of_stratum = self._strata.constant(totals, field)
        smallest = self._strata.sums(self._probability[:, None] ** 2)[:, 0]
        is_bad = (of_stratum < smallest * (1.0 - 1e-9)) | (of_stratum > self._strata.n_sampled)
        if is_bad.any():
            stratum = int(np.flatnonzero(is_bad)[0])
            raise ValueError(
                f"{field}: {of_stratum[stratum]:g} in stratum {self._strata.labels[stratum]}; the sum over the "
                f"population lies between {smallest[stratum]:g}, the sum over the sample, and n."
            )
        return of_stratum / self._strata.n_sampled

    @property
    def weights(self) -> FloatArray:
        """1/π."""
        return 1.0 / self._probability

    def covariance(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the linearised covariance; a negative variance (hartley_rao, overton) is refused with a ValueError."""
        return covariance_or_refusal(self, functionals, "use the form yates_grundy, or the method brewer")

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ z/π for `values` z of shape (units, statistics): (statistics)²."""
        weighted = values * self.weights[:, None]
        if self.method == "brewer":
            return self._strata.scatter(weighted, 1.0 - self._probability)
        if self.method == "deville":
            return _deville_covariance(weighted, self._probability, self._strata)
        if self.method == "hartley_rao":
            half_weight = self._probability - 0.5 - 0.5 * self._mean_square[self._strata.of_unit]
        else:
            half_weight = 0.5 * self._probability - 0.5
        return separable_covariance(weighted, self._probability, half_weight, self._strata, self.form)

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return units less strata, both counted within the domain, at least 1."""
        return self._strata.degrees_of_freedom(is_in_domain)


def _deville_covariance(weighted: FloatArray, probability: FloatArray, strata: Strata) -> FloatArray:
    share = 1.0 - probability
    total = strata.sums(share[:, None])[:, 0]
    # a stratum of certain units has no share to give: its terms are 0 whatever the divisor
    share = share / np.where(total > 0.0, total, 1.0)[strata.of_unit]
    centre = strata.sums(weighted * share[:, None])
    deviations = weighted - centre[strata.of_unit]
    remainder = 1.0 - strata.sums(share[:, None] ** 2)[:, 0]
    # one unit in doubt among certain ones: its deviation from itself is 0
    divisor = np.where(remainder > 0.0, remainder, 1.0)[strata.of_unit]
    covariance: FloatArray = (deviations * ((1.0 - probability) / divisor)[:, None]).T @ deviations
    return covariance
