"""The two forms of the variance of a total whose pairs of units have joint inclusion probabilities."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.designs.strata import Strata
from lib.estimation.functionals import FloatArray, Functional

VarianceForm = Literal["horvitz_thompson", "yates_grundy"]
VARIANCE_FORMS: tuple[VarianceForm, ...] = get_args(VarianceForm)

_ROUNDING = 1e-10


def joint_covariance(weighted: FloatArray, joint_weight: FloatArray, form: VarianceForm) -> FloatArray:
    """Return the covariance of totals from D_ij = (π_ij - π_i π_j)/π_ij, D_ii = 1 - π_i.

        horvitz_thompson   Σ_i Σ_j D_ij x_i x_j                    Horvitz & Thompson (1952)
        yates_grundy       -½ Σ_i Σ_j D_ij (x_i - x_j)²            Sen (1953); Yates & Grundy (1953): fixed size only

    Args:
        weighted: x = z/π, (units, statistics)
        joint_weight: D, (units, units)
        form: which of the two

    Returns:
        (statistics, statistics)

    """
    covariance: FloatArray = weighted.T @ joint_weight @ weighted
    if form == "yates_grundy":
        covariance -= (weighted * joint_weight.sum(axis=1)[:, None]).T @ weighted
    return covariance


def separable_covariance(
    weighted: FloatArray, probability: FloatArray, half_weight: FloatArray, strata: Strata, form: VarianceForm
) -> FloatArray:
    """Return `joint_covariance` for D_ij = (a_i + a_j)/(n_h - 1) within strata and 0 across, without a matrix of pairs.

    Args:
        weighted: x = z/π, (units, statistics)
        probability: π, one a unit
        half_weight: a, one a unit
        strata: strata, independent of each other
        form: horvitz_thompson or yates_grundy

    Returns:
        (statistics, statistics)

    """
    fewer = np.maximum(strata.n_sampled - 1.0, 1.0)
    sums = strata.sums(weighted)
    half_sums = strata.sums(weighted * half_weight[:, None]) / fewer[:, None]
    fewer_of_unit = fewer[strata.of_unit]
    off_diagonal = half_sums.T @ sums + sums.T @ half_sums
    off_diagonal -= (weighted * (2.0 * half_weight / fewer_of_unit)[:, None]).T @ weighted
    if form == "horvitz_thompson":
        diagonal = 1.0 - probability
    else:
        half_total = strata.sums(half_weight[:, None])[strata.of_unit, 0]
        diagonal = -((strata.n_of_unit - 2.0) * half_weight + half_total) / fewer_of_unit
    covariance: FloatArray = off_diagonal + (weighted * diagonal[:, None]).T @ weighted
    return covariance


def covariance_or_refusal(design: LinearisedDesign, functionals: Sequence[Functional], remedy: str) -> FloatArray:
    """Return the linearised covariance; refuses a negative variance, which both forms can give.

    Raises:
        ValueError: a variance is negative by more than rounding

    """
    values = np.stack([functional.influence(design.weights) for functional in functionals], axis=1)
    covariance = design.total_covariance(values)
    variances = np.diag(covariance)
    scale = ((values * design.weights[:, None]) ** 2).sum(axis=0)
    is_negative = variances < -_ROUNDING * scale
    if is_negative.any():
        which = int(np.flatnonzero(is_negative)[0])
        raise ValueError(
            f"functionals: the variance of number {which} is estimated as {variances[which]:g}, which no variance is; "
            f"{remedy}."
        )
    return covariance


def refuse_unknown_form(form: str) -> None:
    """Refuse a form that is not known."""
    if form not in VARIANCE_FORMS:
        raise ValueError(f"form: {form!r} is not known; one of {', '.join(VARIANCE_FORMS)}.")
