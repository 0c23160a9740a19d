"""The sample of mutants and the kill rate that it gives: by hand, nested shares, and what the interval says."""

import numpy as np
import pytest

from scripts.mutation_testing.kill_rates import draw_mutants, kill_rate

SIZES = {"a": 100, "b": 10, "c": 1}
MUTANTS = [f"{module}.{number}" for module, size in SIZES.items() for number in range(size)]


def module_of(mutant: str) -> str:
    return mutant[0]


def drawn(share: float, seed: int = 1) -> list[str]:
    return draw_mutants(MUTANTS, stratum_of=module_of, share=share, seed=seed)


def test_every_module_gives_its_share_but_two_at_least() -> None:
    found = drawn(0.05)
    assert [sum(module_of(name) == module for name in found) for module in SIZES] == [5, 2, 1]
    assert found == sorted(found, key=MUTANTS.index)
    assert drawn(1.0) == MUTANTS


def test_a_larger_share_contains_the_smaller_and_another_seed_draws_others() -> None:
    assert set(drawn(0.1)) < set(drawn(0.3))
    assert drawn(0.1) == drawn(0.1)
    assert drawn(0.1) != drawn(0.1, seed=2)


@pytest.mark.slow
def test_each_mutant_is_drawn_as_often_as_any_other_of_its_module() -> None:
    times = dict.fromkeys(MUTANTS, 0)
    for seed in range(400):
        for name in drawn(0.25, seed):
            times[name] += 1
    of_a = np.array([n for name, n in times.items() if module_of(name) == "a"])
    assert of_a.sum() == 400 * 25
    assert np.abs(of_a - 100).max() < 4.5 * np.sqrt(400 * 0.25 * 0.75)


def test_the_rate_weighs_modules_by_their_size() -> None:
    verdicts = {"a.1": True, "a.2": True, "a.3": False, "a.4": True, "b.1": False, "b.2": True, "c.0": True}
    found = kill_rate(verdicts, stratum_of=module_of, sizes=SIZES)
    assert (found.n_mutants, found.n_tried, found.n_killed) == (111, 7, 5)
    assert found.rate == pytest.approx((100 * 0.75 + 10 * 0.5 + 1) / 111)
    assert 0.0 < found.low < found.rate < found.high < 1.0


def test_all_mutants_leave_nothing_to_estimate() -> None:
    verdicts = {name: name != "a.7" for name in MUTANTS}
    found = kill_rate(verdicts, stratum_of=module_of, sizes=SIZES)
    assert found.low == found.rate == found.high == pytest.approx(110 / 111)


@pytest.mark.parametrize("is_killed", [True, False])
def test_verdicts_that_are_all_alike_are_not_certain(is_killed: bool) -> None:
    found = kill_rate(dict.fromkeys(drawn(0.2), is_killed), stratum_of=module_of, sizes=SIZES)
    assert found.rate == float(is_killed)
    # 23 tried of 111, more than 20 degrees of freedom: about 1 - .025^(1/23)
    assert found.high - found.low == pytest.approx(1 - 0.025 ** (1 / 23), abs=0.02)


@pytest.mark.slow
def test_the_interval_covers() -> None:
    random = np.random.default_rng(3)
    survives = {name: random.random() < 0.2 for name in MUTANTS}
    truth = 1 - np.mean(list(survives.values()))
    covered = []
    for seed in range(200):
        found = kill_rate({name: not survives[name] for name in drawn(0.3, seed)}, stratum_of=module_of, sizes=SIZES)
        covered.append(found.low <= truth <= found.high)
    assert np.mean(covered) >= 0.93
