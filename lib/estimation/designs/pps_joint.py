"""Samples whose joint inclusion probabilities are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.pairwise_variance import (
    VarianceForm,
    covariance_or_refusal,
    joint_covariance,
    refuse_unknown_form,
)
from lib.estimation.designs.strata import Strata
from lib.estimation.designs.unit_columns import probability_column
from lib.estimation.functionals import BoolArray, FloatArray, Functional

_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class PpsJoint(LinearisedDesign):
    """Any sampling without replacement with known π_ij > 0 for every pair; the variance is unbiased for totals.

        D_ij = (π_ij - π_i π_j)/π_ij          V̂ from D: `pairwise_variance.joint_covariance`

    Särndal, Swensson & Wretman (1992), results 2.8.1 and 2.8.2. Memory is of the order of n²: thousands of units.

    Attributes:
        joint_probability: π_ij of the sampled units, (units, units), with π_i on the diagonal. The module
            `joint_probabilities` has them for a whole population: take the rows and columns of the sample
        form: yates_grundy for designs of fixed size, where it is rarely negative; horvitz_thompson for any design
        stratum: label of the stratum, one a sampled unit; strata were drawn on their own, so entries of
            `joint_probability` across strata are not read. None for one stratum

    """

    joint_probability: npt.ArrayLike
    form: VarianceForm = "yates_grundy"
    stratum: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        refuse_unknown_form(self.form)
        _ = self._joint_weight

    @cached_property
    def _joint(self) -> FloatArray:
        joint = np.asarray(self.joint_probability, dtype=np.float64)
        if joint.ndim != 2 or joint.shape[0] != joint.shape[1] or joint.size == 0:
            raise ValueError(
                f"joint_probability: shape {joint.shape}; give a row and a column for each sampled unit, in its order."
            )
        return joint

    @cached_property
    def _probability(self) -> FloatArray:
        return probability_column(np.diag(self._joint), "joint_probability: diagonal")

    @cached_property
    def _strata(self) -> Strata:
        return Strata.of(self.stratum, self._joint.shape[0])

    @cached_property
    def _joint_weight(self) -> FloatArray:
        p, joint = self._probability, self._joint
        is_same_stratum = self._strata.of_unit[:, None] == self._strata.of_unit[None, :]
        largest = np.minimum(p[:, None], p[None, :])
        is_possible = (joint > 0.0) & (joint <= largest * (1.0 + _ROUNDING))
        is_bad = is_same_stratum & ~is_possible
        if is_bad.any():
            row, column = (int(index) for index in np.argwhere(is_bad)[0])
            raise ValueError(
                f"joint_probability: {joint[row, column]:g} for units {row} and {column}, which were sampled together; "
                "it lies above 0 and is at most the probability of either unit. Where a design gives some pairs no "
                "chance, no variance is unbiased: use an approximation such as brewer."
            )
        if not np.allclose(joint[is_same_stratum], joint.T[is_same_stratum], rtol=_ROUNDING, atol=0.0):
            raise ValueError("joint_probability: not symmetric; give the same probability for a pair either way round.")
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(is_same_stratum, (joint - p[:, None] * p[None, :]) / joint, 0.0)
        np.fill_diagonal(weight, 1.0 - p)
        return weight

    @property
    def weights(self) -> FloatArray:
        """1/π."""
        return 1.0 / self._probability

    def covariance(self, functionals: Sequence[Functional]) -> FloatArray:
        """Return the linearised covariance; a negative variance is refused with a ValueError."""
        remedy = "use the form yates_grundy" if self.form == "horvitz_thompson" else "use an approximation, as brewer"
        return covariance_or_refusal(self, functionals, remedy)

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ z/π for `values` z of shape (units, statistics): (statistics)²."""
        return joint_covariance(values * self.weights[:, None], self._joint_weight, self.form)

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return units less strata, both counted within the domain, at least 1."""
        return self._strata.degrees_of_freedom(is_in_domain)
