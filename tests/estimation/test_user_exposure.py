"""Share of people who saw at least one violation: rules by hand, bias and variance by repeated sampling."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.user_exposure import exposed_user_bounds, exposed_user_share, gather_users
from lib.estimation.user_exposure_by_units import exposed_user_share_by_units

N_USERS, N_REPLICATES = 2_000, 1_500


class Users:
    """Users with 1 to 12 units; violations gather in few users: 5 % of units, 12 % of users."""

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        self.n_units = 1 + np.minimum(random.geometric(0.25, N_USERS) - 1, 11)
        self.user = np.repeat(np.arange(N_USERS), self.n_units)
        taste = np.where(random.random(N_USERS) < 0.15, 0.3, 0.005)
        self.verdict = (random.random(self.user.size) < taste[self.user]).astype(float)
        self.is_exposed = np.bincount(self.user, weights=self.verdict, minlength=N_USERS) > 0
        self.units_of_user = self.n_units[self.user].astype(float)
        # lighter users are drawn less often, as by a size measure of the user
        self.user_probability = np.minimum(1.0, 0.1 + 0.03 * self.n_units)
        self.unit_probability = random.uniform(0.5, 0.95, self.user.size)

    @property
    def share(self) -> float:
        return float(self.is_exposed.mean())


USERS = Users()


def by_drawn_users(random: np.random.Generator) -> tuple[float, float]:
    drawn = random.random(N_USERS) < USERS.user_probability
    units = drawn[USERS.user]
    users = gather_users(USERS.user[units], USERS.verdict[units], units_of_user=USERS.units_of_user[units])
    design = PoissonDesign(USERS.user_probability[drawn])
    exposure = exposed_user_share(design, users.has_seen_violation)
    assert exposure.degrees_of_freedom == drawn.sum() - 1
    return exposure.share, exposure.std_error


def by_drawn_units(random: np.random.Generator) -> tuple[float, float]:
    units = random.random(USERS.user.size) < USERS.unit_probability
    exposure = exposed_user_share_by_units(
        user=USERS.user[units],
        verdict=USERS.verdict[units],
        unit_probability=USERS.unit_probability[units],
        units_of_user=USERS.units_of_user[units],
        n_users=N_USERS,
    )
    return exposure.share, exposure.std_error


def by_units_of_drawn_users(random: np.random.Generator) -> tuple[float, float]:
    drawn = random.random(N_USERS) < USERS.user_probability
    units = drawn[USERS.user] & (random.random(USERS.user.size) < USERS.unit_probability)
    exposure = exposed_user_share_by_units(
        user=USERS.user[units],
        verdict=USERS.verdict[units],
        unit_probability=USERS.unit_probability[units],
        units_of_user=USERS.units_of_user[units],
        user_probability=USERS.user_probability[USERS.user][units],
        n_users=N_USERS,
    )
    return exposure.share, exposure.std_error


@pytest.mark.parametrize("draw", [by_drawn_users, by_drawn_units, by_units_of_drawn_users])
@pytest.mark.slow
def test_share_is_unbiased_and_its_variance_true(draw: Callable[[np.random.Generator], tuple[float, float]]) -> None:
    random = np.random.default_rng(5)
    draws = np.array([draw(random) for _ in range(N_REPLICATES)])
    error = draws[:, 0].std(ddof=1) / np.sqrt(N_REPLICATES)
    assert abs(draws[:, 0].mean() - USERS.share) < 4 * error
    assert 0.87 < np.mean(draws[:, 1] ** 2) / draws[:, 0].var(ddof=1) < 1.15


def test_the_naive_share_of_users_seen_violating_is_biased() -> None:
    """Negative control: with a tenth of the units, most exposed users look unexposed."""
    units = np.random.default_rng(6).random(USERS.user.size) < 0.1
    users = gather_users(USERS.user[units], USERS.verdict[units])
    assert users.has_seen_violation.mean() < 0.75 * USERS.share
    assert users.has_seen_violation.sum() / N_USERS < 0.4 * USERS.share


@pytest.mark.slow
def test_limits_enclose_the_share_and_are_unbiased() -> None:
    random = np.random.default_rng(7)
    limits, variances = [], []
    for _ in range(400):
        units = random.random(USERS.user.size) < 0.1
        estimates = exposed_user_bounds(
            PoissonDesign(np.full(int(units.sum()), 0.1)),
            USERS.verdict[units],
            units_of_user=USERS.units_of_user[units],
            n_users=N_USERS,
        )
        limits.append(estimates.values)
        variances.append(np.diag(estimates.covariance))
    lower = (USERS.verdict / USERS.units_of_user).sum() / N_USERS
    upper = USERS.verdict.sum() / N_USERS
    assert lower < USERS.share < upper
    spread = np.std(limits, axis=0, ddof=1)
    assert np.abs(np.mean(limits, axis=0) - [lower, upper]) == pytest.approx([0.0, 0.0], abs=0.2 * spread.max())
    assert np.mean(variances, axis=0) / spread**2 == pytest.approx([1.0, 1.0], abs=0.25)


def test_limits_by_hand_of_units_that_were_seen() -> None:
    # p = .5: 2 (1/4 + 1/1) / 10 and 2 (1 + 1) / 10; the third unit was seen by nobody
    found = exposed_user_bounds(
        PoissonDesign([0.5, 0.5, 0.5, 0.5]),
        [1, 1, 1, 0],
        units_of_user=[4, 1, 2, 0],
        n_users=10,
        exposure=[1.0, 0.5, 0.0, 3.0],
    )
    assert found.values == pytest.approx([0.25, 0.4])
    # Σ z² (1/p - 1)/p = 2 Σ z² over 10²
    expected = np.array([[1 / 16 + 1, 1 / 4 + 1], [1 / 4 + 1, 2.0]]) * 2 / 100
    assert found.covariance == pytest.approx(expected)


def two_users(verdict: list[float], probability: float = 0.5) -> tuple[float, float]:
    exposure = exposed_user_share_by_units(
        user=["a", "a", "b"], verdict=verdict, unit_probability=[probability] * 3, units_of_user=[2, 2, 1], n_users=10
    )
    return exposure.share, exposure.std_error


@pytest.mark.parametrize(
    ("verdict", "probability", "share", "variance"),
    [
        ([0.0, 0.0, 0.0], 0.5, 0.0, 0.0),
        ([1.0, 0.0, 0.0], 0.5, 0.2, 0.02),  # T = -1: 1 - T = 2, T² - T = 2
        ([1.0, 1.0, 0.0], 0.5, 0.0, 0.0),  # T = (-1)² = 1
        ([0.0, 0.0, 1.0], 0.8, 0.125, 0.003125),  # T = -1/4: 1 - T = 5/4, T² - T = 5/16
        ([1.0, 1.0, 0.0], 0.8, 0.09375, 0.0005859375),  # T = 1/16, T² - T < 0: its absolute value 15/256
        ([1.0, 1.0, 1.0], 1.0, 0.2, 0.0),
    ],
)
def test_products_by_hand(verdict: list[float], probability: float, share: float, variance: float) -> None:
    estimated, std_error = two_users(verdict, probability)
    assert estimated == pytest.approx(share, abs=1e-12)
    assert std_error**2 == pytest.approx(variance, abs=1e-12)


def test_small_probabilities_are_refused_only_where_they_multiply() -> None:
    with pytest.raises(ValueError, match="exposed_user_share"):
        two_users([1.0, 0.0, 0.0], 0.3)
    exposure = exposed_user_share_by_units(
        user=[1, 2], verdict=[1, 0], unit_probability=[0.01, 0.01], units_of_user=[1, 1], n_users=1_000
    )
    assert exposure.share == pytest.approx(0.1)
    assert exposure.std_error == pytest.approx(np.sqrt(0.99) / 0.01 / 1_000)
    assert (exposure.n_users, exposure.n_exposed_users, exposure.degrees_of_freedom) == (2, 1, 1.0)


def test_users_are_gathered_and_units_not_seen_do_not_count() -> None:
    users = gather_users(["b", "a", "b", "c"], [0, 1, 1, 1], exposure=[3, 1, 2, 0], units_of_user=[2, 1, 2, 1])
    assert users.user.tolist() == ["a", "b", "c"]
    assert users.has_seen_violation.tolist() == [True, True, False]
    assert users.first_unit.tolist() == [1, 0, 3]


def test_clustered_and_stratified_draws_of_users() -> None:
    has_seen = np.array([True, False, False, True])
    design = ClusterDesign([SamplingStage(np.arange(4), ["x", "x", "z", "z"], [10.0, 10.0, 30.0, 30.0])])
    exposure = exposed_user_share(design, has_seen)
    assert exposure.share == pytest.approx(0.5)
    assert exposure.std_error**2 == pytest.approx((0.8 * 25 + (28 / 30) * 225) / 40**2)
    assert (exposure.n_users, exposure.n_exposed_users, exposure.degrees_of_freedom) == (4, 2, 2.0)
    none = exposed_user_share(design, np.zeros(4), is_in_domain=np.array([True, True, False, False]))
    assert (none.share, none.std_error, none.n_users) == (0.0, 0.0, 2)
    one = exposed_user_share(design, has_seen, is_in_domain=np.array([False, False, True, True]))
    assert (one.share, one.n_users, one.n_exposed_users) == (0.5, 2, 1)
    # of stratum z alone: 28/30 of 2/1·Σ(15·(y - 1/2))², relative to 30 users
    assert one.std_error**2 == pytest.approx(28 / 30 * 2 * 2 * 7.5**2 / 30**2)


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (lambda: gather_users([1, 1], [0, np.nan]), "verdict"),
        (lambda: gather_users([1, 1, 2], [0, 1, 0], units_of_user=[3, 3, 1]), "user 1 has 3 units, of which 2"),
        (lambda: exposed_user_share(PoissonDesign([0.5, 0.5]), [True]), "1 entries for 2 users"),
        (
            lambda: exposed_user_share(PoissonDesign([0.5]), [True], is_in_domain=np.array([False])),
            "no sampled user is in the domain",
        ),
        (
            lambda: exposed_user_bounds(PoissonDesign([0.5]), [1.0], units_of_user=[0], n_users=5),
            "units_of_user",
        ),
        (lambda: exposed_user_bounds(PoissonDesign([0.5]), [1.0], units_of_user=[1], n_users=0), "n_users"),
        (
            lambda: exposed_user_share_by_units(
                user=[1], verdict=[1], unit_probability=[2.0], units_of_user=[1], n_users=5
            ),
            "^unit_probability: 2",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused(refused: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        refused()
