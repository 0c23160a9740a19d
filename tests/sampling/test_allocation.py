"""The budget's split over strata: exact sums, bounds and largest remainders, by hand and for any strata."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.sampling.allocation import allocate
from lib.sampling.bounded_shares import bounded_shares
from schemas.errors import ConfigurationError


def _allocate(
    budget: int, populations: dict[str, int], sizes: dict[str, float] | None = None, minimum: int = 2
) -> dict[str, int]:
    return allocate(
        budget,
        population_sizes=populations,
        stratum_sizes=sizes or {name: float(size) for name, size in populations.items()},
        minimum_stratum_size=minimum,
        design_name="weekly",
    )


def test_a_budget_is_split_in_proportion_to_size() -> None:
    assert _allocate(10, {"a": 100, "b": 60, "c": 40}) == {"a": 5, "b": 3, "c": 2}
    assert _allocate(20, {"a": 100, "b": 100}, {"a": 0.3, "b": 0.7}) == {"a": 6, "b": 14}


def test_fractions_are_settled_by_the_largest_remainder_then_by_name() -> None:
    hundred = dict.fromkeys("abc", 100)
    # Shares 3.15, 2.45 and 1.40: six whole units, and the seventh goes to the largest fraction.
    assert _allocate(7, hundred, {"a": 0.45, "b": 0.35, "c": 0.20}, minimum=1) == {"a": 3, "b": 3, "c": 1}
    assert _allocate(10, hundred, dict.fromkeys("cba", 1.0)) == {"a": 4, "b": 3, "c": 3}


def test_a_share_within_rounding_noise_of_an_integer_is_that_integer() -> None:
    thirds = {"a": 0.1, "b": 0.2, "c": 0.7}
    assert _allocate(30, dict.fromkeys("abc", 100), thirds) == {"a": 3, "b": 6, "c": 21}


def test_small_strata_get_the_minimum_and_the_others_the_rest() -> None:
    assert _allocate(20, dict.fromkeys("abc", 100), {"a": 90, "b": 9, "c": 1}, minimum=5) == {"a": 10, "b": 5, "c": 5}
    assert _allocate(20, {"a": 100, "b": 3}, {"a": 99, "b": 1}, minimum=5) == {"a": 17, "b": 3}


def test_what_a_full_stratum_cannot_take_goes_to_the_others() -> None:
    populations = {"a": 4, "b": 100, "c": 100}
    assert _allocate(20, populations, {"a": 50, "b": 25, "c": 25}) == {"a": 4, "b": 8, "c": 8}
    assert _allocate(12, {"a": 5, "b": 10}, {"a": 1, "b": 0}) == {
        "a": 5,
        "b": 7,
    }  # a stratum of size 0 takes what is left
    assert _allocate(204, populations) == populations


def test_strata_of_size_zero_take_what_is_left_one_after_the_other() -> None:
    bounds = {"floors": np.array([2.0, 2.0, 2.0, 2.0]), "ceilings": np.array([10.0, 6.0, 8.0, 9.0])}
    # the first is full at 10; of the other 11 two each are the floors, four more fill the second, the third takes one
    sizes = np.array([1.0, 0.0, 0.0, 0.0])
    assert bounded_shares(21.0, sizes, **bounds).tolist() == pytest.approx([10.0, 6.0, 3.0, 2.0])
    assert bounded_shares(12.0, sizes, **bounds).tolist() == pytest.approx([6.0, 2.0, 2.0, 2.0])
    assert bounded_shares(11.0, np.zeros(4), **bounds).tolist() == pytest.approx([5.0, 2.0, 2.0, 2.0])


def test_a_budget_above_the_population_is_refused_with_a_remedy() -> None:
    with pytest.raises(ConfigurationError) as raised:
        _allocate(204, {"a": 4, "b": 100, "c": 99})
    assert str(raised.value) == (
        "conf/designs/weekly.yaml: field `sample_size` is `204`, but the day has 203 units; set it to 203 or less."
    )


def test_a_budget_below_the_minima_is_refused_with_a_remedy() -> None:
    with pytest.raises(ConfigurationError) as raised:
        _allocate(102, {"a": 60, "b": 3, "c": 99}, minimum=50)
    assert str(raised.value) == (
        "conf/designs/weekly.yaml: field `sample_size` is `102`, but 3 strata need 103 with `minimum_stratum_size` "
        "`50`; raise the first or lower the second."
    )


@st.composite
def _problems(draw: st.DrawFn) -> tuple[int, dict[str, int], dict[str, float], int]:
    names = [f"s{i}" for i in range(draw(st.integers(1, 8)))]
    populations = {name: draw(st.integers(1, 60)) for name in names}
    sizes = {name: float(draw(st.integers(0, 1000))) for name in names}
    sizes[names[0]] += 1
    minimum = draw(st.integers(2, 20))
    least = sum(min(minimum, size) for size in populations.values())
    return draw(st.integers(least, sum(populations.values()))), populations, sizes, minimum


@settings(deadline=None)
@given(_problems())
@pytest.mark.slow
def test_any_allocation_sums_to_the_budget_within_its_bounds(
    problem: tuple[int, dict[str, int], dict[str, float], int],
) -> None:
    budget, populations, sizes, minimum = problem
    taken = _allocate(*problem)
    assert sum(taken.values()) == budget
    assert all(min(minimum, populations[name]) <= n <= populations[name] for name, n in taken.items())
    reordered = {name: populations[name] for name in reversed(populations)}
    assert _allocate(budget, reordered, sizes, minimum) == taken


@settings(deadline=None)
@given(_problems())
@pytest.mark.slow
def test_between_the_bounds_every_stratum_is_within_a_unit_of_the_common_rate(
    problem: tuple[int, dict[str, int], dict[str, float], int],
) -> None:
    _, populations, sizes, minimum = problem
    taken = _allocate(*problem)
    free = [name for name, n in taken.items() if minimum < n < populations[name] and sizes[name] > 0]
    # n = rate x size, up to a unit: so one rate must fit all strata that no bound holds.
    least_rate = max(((taken[name] - 1) / sizes[name] for name in free), default=0.0)
    highest_rate = min(((taken[name] + 1) / sizes[name] for name in free), default=1.0)
    assert least_rate <= highest_rate * (1 + 1e-9)
