"""Draws of a frame with copies: as if every copy were a unit, coordinated draws, strata of all sizes."""

import numpy as np
import pytest

from lib.audit.repeated_draws import repeated_bottom_k
from lib.audit.virtual_draws import StratumDraws, VirtualDraws, bottom_k, poisson, repeated_draws, threshold_for, trials
from lib.sampling.array_selection import poisson_factor
from tests.audit.populations import virtual_frame, z_score

N_REPLICATES = 1500


def _totals(draws: VirtualDraws, values: np.ndarray) -> np.ndarray:
    terms = values[draws.unit] / draws.inclusion_probability
    return np.bincount(draws.replicate, weights=terms, minlength=draws.n_replicates)


def _sizes(seed: int, copies: np.ndarray) -> np.ndarray:
    raw = np.random.default_rng(seed).lognormal(sigma=1.2, size=copies.size)
    return raw / (copies @ raw)


def test_threshold_is_that_of_the_copies_written_out() -> None:
    copies = np.array([3, 1, 500, 20, 7, 1])
    size = np.array([0.5, 9.0, 0.01, 0.3, 0.05, 30.0])
    for n in (0.5, 1.0, 2.5, 40.0, 531.9):
        assert threshold_for(size, copies, n) == pytest.approx(poisson_factor(np.repeat(size, copies), n), rel=1e-12)
    assert threshold_for(size, copies, 532) == float("inf")


def test_every_copy_is_tried_for_itself() -> None:
    probability, copies = np.array([0.0, 0.001, 0.02, 0.4, 1.0]), np.array([3, 10_000, 200, 5, 2])
    replicate, unit, copy = trials(probability, copies, 400, np.random.default_rng(1))
    found = np.bincount(unit, minlength=5)
    expected = 400 * copies * probability
    assert (found[0], found[4]) == (0, 800)
    assert np.abs((found - expected)[1:4] / np.sqrt(expected * (1 - probability))[1:4]).max() < 4.0
    assert ((copy >= 0) & (copy < copies[unit])).all()
    assert len({*zip(replicate.tolist(), unit.tolist(), copy.tolist(), strict=True)}) == unit.size
    assert trials(np.zeros(3), np.ones(3, dtype=int), 5, np.random.default_rng(1))[1].size == 0


@pytest.mark.parametrize("n_draws", [1, 2])
@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
@pytest.mark.slow
def test_weighted_totals_are_unbiased(method: str, n_draws: int) -> None:
    copies = np.random.default_rng(3).integers(1, 60, size=500)
    sizes = [_sizes(seed, copies) for seed in range(n_draws)]
    random = np.random.default_rng(4)
    if method == "poisson":
        draws = poisson(sizes, [threshold_for(size, copies, 80) for size in sizes], copies, N_REPLICATES, random)
    else:
        draws = bottom_k(sizes, [80, 50][:n_draws], copies, N_REPLICATES, random)
    values = np.random.default_rng(5).lognormal(size=500)
    assert abs(z_score(_totals(draws, np.ones(500)), copies.sum())) < 4.0
    assert abs(z_score(_totals(draws, values), copies @ values)) < 4.0


def test_bottom_k_has_n_units_and_its_union_no_more_than_both() -> None:
    copies = np.full(300, 40)
    first, second = _sizes(1, copies), _sizes(2, copies)
    alone = bottom_k([first], [70], copies, 50, np.random.default_rng(1))
    assert np.bincount(alone.replicate).tolist() == [70] * 50
    union = np.bincount(bottom_k([first, second], [70, 40], copies, 50, np.random.default_rng(1)).replicate)
    assert (union.min() >= 70, union.max() < 110) == (True, True)
    twice = bottom_k([first, first], [70, 40], copies, 50, np.random.default_rng(1))
    assert np.bincount(twice.replicate).tolist() == [70] * 50  # the second draw is part of the first


def test_units_without_copies_are_drawn_as_by_the_library() -> None:
    size = np.random.default_rng(6).lognormal(sigma=1.5, size=80)
    ones = np.ones(80, dtype=np.int64)
    own = bottom_k([size], [9], ones, 4000, np.random.default_rng(7))
    other = repeated_bottom_k(size, 9, 4000, np.random.default_rng(8))
    found, expected = (np.bincount(draws.unit, minlength=80) for draws in (own, other))
    assert np.abs((found - expected) / np.sqrt(np.maximum(1, found + expected))).max() < 4.0
    levels = np.linspace(0.05, 0.95, 10)
    assert np.quantile(own.inclusion_probability, levels) == pytest.approx(
        np.quantile(other.inclusion_probability, levels), rel=0.06
    )


def test_a_stratum_that_is_taken_whole_has_probability_one() -> None:
    copies = np.array([2, 1, 3])
    for n in (6, 9):
        draws = bottom_k([np.array([0.2, 0.1, 0.4])], [n], copies, 3, np.random.default_rng(1))
        assert np.bincount(draws.replicate).tolist() == [6, 6, 6]
        assert set(draws.inclusion_probability) == {1.0}
    draws = bottom_k([np.array([0.2, 0.1, 0.4])], [5], copies, 40, np.random.default_rng(1))
    assert np.bincount(draws.replicate).tolist() == [5] * 40


@pytest.mark.parametrize("method", ["bottom_k", "poisson"])
def test_strata_have_budgets_of_their_own(method: str) -> None:
    frame = virtual_frame(900, largest_copies=20, strata=("feed", "home", "search"))
    budgets = {"feed": 30, "home": 80, "search": 0}
    strata = {
        name: StratumDraws(
            {"main": n}, {"main": threshold_for(frame.size_measures["main"][own], frame.copies[own], n) if n else 0.0}
        )
        for name, n in budgets.items()
        for own in [frame.positions[name]]
    }
    draws = repeated_draws(frame, strata, method=method, n_replicates=200, random=np.random.default_rng(2))
    for name, n in budgets.items():
        found = np.bincount(draws.replicate[frame.stratum[draws.unit] == name], minlength=200)
        assert found.mean() == pytest.approx(n, abs=4 * np.sqrt(n / 200) if method == "poisson" else 0)
    totals = _totals(draws, frame.exposures["views"] * (frame.stratum != "search"))
    assert abs(z_score(totals, float((frame.copies * frame.exposures["views"])[frame.stratum != "search"].sum()))) < 4.0
