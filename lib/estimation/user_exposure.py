"""Share of people who saw at least one violation in a period: the person is the unit, their views are its parts.

Which sample answers the question:

- **A draw of users, all their units labelled** (use this one). Take the users whose permanent random number, a hash of
  (seed, user_key) instead of (seed, unit_id), is below their probability, and label every unit they saw in the period.
  The number of a user stays the same all week, so each day's draw adds to the same people. A user has seen a violation
  if one of their units violates; the share is a mean over sampled users, and the user is the cluster:
  `exposed_user_share` with `PoissonDesign` or `ClusterDesign` over users.
- **A draw of units** (what prevalence uses). The share is not identified: that 2 % of units violate may mean that 2 %
  of the users saw one each or that few users saw many, and a sparse sample shows hardly any user twice.
  `exposed_user_bounds` gives what is identified without an assumption, two limits, from any design.
- **A draw of units within users at high probability**, 1/2 and more: `user_exposure_by_units` estimates the share
  without bias. Below 1/2 its variance grows with every further violation of a user, and it refuses.

Users are counted whether or not they saw anything violating; the period's users are all users with an exposed unit.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.design_estimates import DesignEstimates, estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import BoolArray, FloatArray, Total, mean


@dataclass(frozen=True)
class UserExposure:
    """Share of users who saw at least one violation.

    Attributes:
        share: estimate, a share of users; an unbiased one can lie outside [0, 1]
        std_error: its standard error
        degrees_of_freedom: of the standard error
        n_users: users in the sample
        n_exposed_users: users in the sample with a violating verdict on a unit they saw

    """

    share: float
    std_error: float
    degrees_of_freedom: float
    n_users: int
    n_exposed_users: int


@dataclass(frozen=True, eq=False)
class SampledUsers:
    """Verdicts of units gathered by user.

    Attributes:
        user: the users, in sorted order
        has_seen_violation: whether a unit that was exposed violates, one entry a user
        first_unit: row of the first unit of each user, to pick the columns that belong to the user

    """

    user: npt.NDArray[np.generic]
    has_seen_violation: BoolArray
    first_unit: npt.NDArray[np.intp]


def gather_users(
    user: npt.ArrayLike,
    verdict: npt.ArrayLike,
    *,
    exposure: npt.ArrayLike | None = None,
    units_of_user: npt.ArrayLike | None = None,
) -> SampledUsers:
    """Gather the labelled units of sampled users, all of which must be there.

    Args:
        user: key of the user, one a unit
        verdict: 1 violating, 0 not
        exposure: how often the unit was seen; a unit with 0 was not seen. None: every unit was
        units_of_user: how many units the user had in the period, one a unit, to check that none is missing; None
            trusts that none is

    Returns:
        one entry a user

    Raises:
        ValueError: a verdict is missing or not 0 or 1, or a user has units without a label

    """
    y = np.asarray(verdict, dtype=np.float64)
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError(
            "verdict: every unit of a sampled user needs the verdict 0 or 1; one missing verdict hides whether the "
            "user saw a violation. Label the unit, or leave out the user and weight for it."
        )
    keys, first, of_unit = np.unique(np.asarray(user), return_index=True, return_inverse=True)
    n_labelled = np.bincount(of_unit, minlength=keys.size)
    if units_of_user is not None:
        n_units = np.asarray(units_of_user, dtype=np.float64)[first]
        if (n_units != n_labelled).any():
            row = int(np.flatnonzero(n_units != n_labelled)[0])
            raise ValueError(
                f"units_of_user: user {keys[row]!s} has {n_units[row]:g} units, of which {n_labelled[row]} are "
                "labelled; label them all, or use user_exposure_by_units."
            )
    seen = y if exposure is None else y * (np.asarray(exposure, dtype=np.float64) > 0.0)
    has_seen: BoolArray = np.bincount(of_unit, weights=seen, minlength=keys.size) > 0.0
    return SampledUsers(user=keys, has_seen_violation=has_seen, first_unit=first)


def exposed_user_share(
    design: AnalysisDesign, has_seen_violation: npt.ArrayLike, *, is_in_domain: BoolArray | None = None
) -> UserExposure:
    """Estimate the share from a sample of users, as Σ w y / Σ w over users (Hájek 1971).

    The variance is that of the design of the users, the verdict of a user being y = max over their units: nothing is
    left to chance within a user (one-stage cluster sampling; Särndal, Swensson & Wretman 1992, section 4.2).

    Args:
        design: how the users were drawn, one row a user, in the order of `SampledUsers.user`
        has_seen_violation: one entry a user
        is_in_domain: indicator of a domain of users; None for all

    Returns:
        the estimate

    Raises:
        ValueError: no user in the domain, or not one entry a user

    """
    y = np.asarray(has_seen_violation, dtype=np.float64)
    if y.shape != design.weights.shape:
        raise ValueError(
            f"has_seen_violation: {y.size} entries for {design.weights.size} users of the design; one each."
        )
    inside = np.ones(y.size, dtype=bool) if is_in_domain is None else np.asarray(is_in_domain, dtype=bool)
    if not inside.any():
        raise ValueError("is_in_domain: no sampled user is in the domain, so nothing is known about it; skip it.")
    estimates = estimate(design, [mean(y, inside)])
    return UserExposure(
        share=float(estimates.values[0]),
        std_error=float(estimates.std_errors[0]),
        degrees_of_freedom=design.degrees_of_freedom(is_in_domain),
        n_users=int(inside.sum()),
        n_exposed_users=int(y[inside].sum()),
    )


def exposed_user_bounds(
    design: AnalysisDesign,
    verdict: npt.ArrayLike,
    *,
    units_of_user: npt.ArrayLike,
    n_users: float,
    exposure: npt.ArrayLike | None = None,
) -> DesignEstimates:
    """Estimate limits of the share from a sample of units: all that is identified without an assumption.

        Σ_U y_i/M_u(i) / N  <=  share  <=  Σ_U y_i / N

    A user with M units cannot have seen more than M violations, nor an exposed one less than 1; both sides are reached,
    by users for whom all or one of their units violate. With many units a user they lie far apart.

    Args:
        design: how the units were drawn, one row a unit
        verdict: 1 violating, 0 not
        units_of_user: exposed units that the user of each unit had in the period, >= 1, known from the population
        n_users: users N with an exposed unit in the period, known from the population
        exposure: how often the unit was seen; a unit with 0 counts as no violation. None: every unit was

    Returns:
        the estimated lower and upper limit with their covariance. The upper one is not cut off at 1

    Raises:
        ValueError: a number of units below 1, or no users

    """
    y = np.asarray(verdict, dtype=np.float64)
    y = y if exposure is None else np.where(np.asarray(exposure, dtype=np.float64) > 0.0, y, 0.0)
    n_units: FloatArray = np.asarray(units_of_user, dtype=np.float64)
    if not (n_units[y > 0.0] >= 1.0).all():
        raise ValueError("units_of_user: a user with a violating unit has at least that one; give counts >= 1.")
    if not n_users > 0.0:
        raise ValueError(f"n_users: {n_users}; a share of users needs users in the period.")
    totals = estimate(design, [Total(y / np.maximum(n_units, 1.0)), Total(y)])
    return totals.contrast([[1.0 / n_users, 0.0], [0.0, 1.0 / n_users]])
