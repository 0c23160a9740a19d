"""Share of people who saw at least one violation, from units drawn independently within users at high probability."""

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.unit_columns import probability_column
from lib.estimation.functionals import FloatArray
from lib.estimation.user_exposure import UserExposure

SMALLEST_PROBABILITY = 0.5


def exposed_user_share_by_units(
    *,
    user: npt.ArrayLike,
    verdict: npt.ArrayLike,
    unit_probability: npt.ArrayLike,
    units_of_user: npt.ArrayLike,
    n_users: float,
    user_probability: npt.ArrayLike | None = None,
    smallest_probability: float = SMALLEST_PROBABILITY,
) -> UserExposure:
    """Estimate the share of users with a violation from units that were each drawn on their own.

    Users are drawn with probability π_u (1: all users), then each unit of theirs independently with probability p_i.
    With s_u the labelled units of user u,

        T_u = Π_{i in s_u} (1 - y_i/p_i),   E(T_u) = Π (1 - y_i) = 1 if u has seen no violation, else 0
        share = Σ_s (1 - T_u)/π_u / N
        V̂ = [Σ_s (1 - π_u)/π_u² (1 - T_u)² + Σ_s T_u (T_u - 1)/π_u] / N²

    The factors are independent and each is unbiased for 1 - y_i, so the product is for the product. Its variance is
    E(T_u²) - E(T_u)², where E(T_u)² = E(T_u) because the truth is 0 or 1: T_u² - T_u is unbiased for it, and the two
    stages add as in Särndal, Swensson & Wretman (1992), result 4.3.1. For a user with k >= 1 violations it is
    Π (1/p_i - 1): at most 1 if every p >= 1/2, and growing with a power of k below: 2 violations at p = 0.01 have the
    variance 9,801, and hardly a sample shows it. So units of users with several units must have p >= 1/2. A user with
    one unit in the period is safe at any p.

    Args:
        user: key of the user, one a labelled unit
        verdict: 1 violating (and seen), 0 not
        unit_probability: p in (0, 1], given that the user was drawn
        units_of_user: units that the user had in the period, one a labelled unit, known from the population
        n_users: users N in the period, known from the population
        user_probability: π of the user in (0, 1], one a labelled unit; None: every user was drawn
        smallest_probability: p below it is refused; lower it only if it is known that no user sees several violations

    Returns:
        the estimate. `n_users` and `n_exposed_users` count users with a labelled unit; the others have T = 1 and add
        nothing

    Raises:
        ValueError: a probability is outside (0, 1] or too small, a verdict is missing, or there are no users

    """
    y = np.asarray(verdict, dtype=np.float64)
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("verdict: 0 or 1 for every labelled unit; leave out units that were not drawn.")
    if not n_users > 0.0:
        raise ValueError(f"n_users: {n_users}; a share of users needs users in the period.")
    p = probability_column(unit_probability, "unit_probability")
    _refuse_small(p, np.asarray(units_of_user, dtype=np.float64), smallest_probability)
    keys, first, of_unit = np.unique(np.asarray(user), return_index=True, return_inverse=True)
    pi = np.ones(keys.size)
    if user_probability is not None:
        pi = probability_column(user_probability, "user_probability")[first]

    unseen = _product_by(of_unit, 1.0 - y / p, keys.size)
    between, within = (1.0 - pi) / pi**2 * (1.0 - unseen) ** 2, unseen * (unseen - 1.0) / pi
    variance = float(np.sum(between + within))
    if variance < 0.0:
        # unbiased, but negative in a handful of users with several positives: then the conservative absolute values
        variance = float(np.sum(between + np.abs(within)))
    return UserExposure(
        share=float(np.sum((1.0 - unseen) / pi) / n_users),
        std_error=float(np.sqrt(variance) / n_users),
        degrees_of_freedom=float(max(1, keys.size - 1)),
        n_users=keys.size,
        n_exposed_users=int(np.count_nonzero(np.bincount(of_unit, weights=y, minlength=keys.size))),
    )


def _product_by(group: npt.NDArray[np.intp], values: FloatArray, n_groups: int) -> FloatArray:
    products = np.ones(n_groups)
    np.multiply.at(products, group, values)
    return products


def _refuse_small(p: FloatArray, units_of_user: FloatArray, smallest: float) -> None:
    is_small = (p < smallest) & (units_of_user > 1.0)
    if is_small.any():
        raise ValueError(
            f"unit_probability: {p[is_small].min():g} for a user with several units, below {smallest:g}. A user with k "
            "violations would have the variance (1/p - 1)^k. Draw users and label all their units "
            "(exposed_user_share), or give the limits that are identified (exposed_user_bounds)."
        )
