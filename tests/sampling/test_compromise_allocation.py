"""Neyman's and the minimax allocation: by hand, against another solver, and their certificate."""

import numpy as np
import pytest
from scipy.optimize import minimize

from lib.sampling.allocation import allocate_compromise
from lib.sampling.compromise_allocation import compromise_allocation
from lib.sampling.neyman_allocation import neyman_sizes
from schemas.errors import ConfigurationError


def test_neyman_sizes_are_units_times_standard_deviation() -> None:
    # Equal probabilities in strata of 100 and 400 units with rates 0.5 and 0.1: A = N² S², N S = 50 and 120.
    variances = np.array([[100 * 100 * 0.25], [400 * 400 * 0.09]])
    assert neyman_sizes(variances, np.array([1.0])) == pytest.approx([50, 120])
    two = np.hstack([variances, [[0.0], [700.0]]])
    assert neyman_sizes(two, np.array([1.0, 2.0])) == pytest.approx([50, np.sqrt(14400 + 1400)])
    assert neyman_sizes(np.zeros((3, 1)), np.array([1.0])).tolist() == [1.0, 1.0, 1.0]


def test_two_policies_in_two_strata_meet_in_the_middle() -> None:
    # Each policy varies in one stratum only: A_1/n_1 = A_2/n_2 at the optimum, not Neyman's √ of them.
    found = compromise_allocation(
        100,
        draw_variances=np.array([[9.0, 0.0], [0.0, 1.0]]),
        corrections=np.zeros(2),
        floors=np.ones(2),
        ceilings=np.full(2, 1000.0),
    )
    assert found.sizes == pytest.approx([90, 10], rel=1e-6)
    assert found.relative_variances == pytest.approx([0.1, 0.1], rel=1e-6)
    assert found.lower_bound == pytest.approx(0.1, rel=1e-6)


def test_one_policy_alone_gets_neymans_allocation() -> None:
    variances = np.array([[4.0], [16.0], [36.0]])
    found = compromise_allocation(
        120, draw_variances=variances, corrections=np.zeros(1), floors=np.ones(3), ceilings=np.full(3, 1000.0)
    )
    assert found.sizes == pytest.approx([20, 40, 60])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.slow
def test_the_worst_error_is_as_small_as_another_solver_finds(seed: int) -> None:
    random = np.random.default_rng(seed)
    n_strata, n_estimates = 5, 4
    variances = 10 ** random.uniform(-2, 2, (n_strata, n_estimates))
    ceilings = random.integers(20, 400, n_strata).astype(float)
    floors = np.minimum(ceilings, 10.0)
    budget = float(np.round(0.4 * ceilings.sum()))
    corrections = random.uniform(0, 0.1, n_estimates)
    found = compromise_allocation(
        budget, draw_variances=variances, corrections=corrections, floors=floors, ceilings=ceilings
    )
    assert found.sizes.sum() == pytest.approx(budget)
    assert np.all((found.sizes >= floors) & (found.sizes <= ceilings))
    worst = float(found.relative_variances.max())
    assert worst - found.lower_bound < 1e-4 * worst + 1e-9  # no allocation can do better than that

    def errors(point: np.ndarray) -> np.ndarray:
        return np.asarray(point[-1] - (variances.T @ (1 / point[:-1]) - corrections))

    epigraph = minimize(
        lambda point: point[-1],
        np.append(budget * ceilings / ceilings.sum(), 10 * worst),
        bounds=[*zip(floors, ceilings, strict=True), (None, None)],
        constraints=[{"type": "ineq", "fun": errors}, {"type": "eq", "fun": lambda point: point[:-1].sum() - budget}],
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert worst <= epigraph.x[-1] * (1 + 1e-4)
    proportional = variances.T @ (1 / (budget * ceilings / ceilings.sum())) - corrections
    assert worst < proportional.max()


def test_policies_and_strata_without_variance_are_answered() -> None:
    nothing = compromise_allocation(
        10, draw_variances=np.zeros((2, 2)), corrections=np.zeros(2), floors=np.full(2, 2.0), ceilings=np.full(2, 50.0)
    )
    assert nothing.sizes == pytest.approx([5, 5])
    empty_stratum = compromise_allocation(
        10,
        draw_variances=np.array([[0.0], [1.0]]),
        corrections=np.zeros(1),
        floors=np.full(2, 2.0),
        ceilings=np.full(2, 50.0),
    )
    assert empty_stratum.sizes == pytest.approx([2, 8])
    with pytest.raises(ValueError, match="budget is 3, but the strata take 4 to 100"):
        compromise_allocation(
            3,
            draw_variances=np.ones((2, 1)),
            corrections=np.zeros(1),
            floors=np.full(2, 2.0),
            ceilings=np.full(2, 50.0),
        )


@pytest.mark.slow
def test_whole_units_sum_to_the_budget_within_their_bounds() -> None:
    random = np.random.default_rng(2)
    for _ in range(30):
        sizes = {f"s{i}": int(random.integers(1, 80)) for i in range(int(random.integers(1, 8)))}
        least = sum(min(5, size) for size in sizes.values())
        budget = int(random.integers(least, sum(sizes.values()) + 1))
        taken = allocate_compromise(
            budget,
            population_sizes=sizes,
            draw_variances={name: 10 ** random.uniform(-3, 3, 3) for name in sizes},
            corrections=np.zeros(3),
            minimum_stratum_size=5,
            design_name="weekly",
        )
        assert sum(taken.values()) == budget
        assert all(min(5, sizes[name]) <= n <= sizes[name] for name, n in taken.items())
    with pytest.raises(ConfigurationError, match=r"weekly\.yaml: field `sample_size` is `9`, but the day has 8 units"):
        allocate_compromise(
            9,
            population_sizes={"a": 8},
            draw_variances={"a": np.ones(1)},
            corrections=np.zeros(1),
            minimum_stratum_size=2,
            design_name="weekly",
        )
