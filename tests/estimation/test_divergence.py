"""Jensen-Shannon divergence by hand, its reference under no difference, and what to add."""

import numpy as np
import pytest

from lib.estimation.divergence import divergence, items_wanted, jensen_shannon


def test_by_hand() -> None:
    assert jensen_shannon(np.array([1.0, 1.0]), np.array([5.0, 5.0])) == 0.0
    assert jensen_shannon(np.array([2.0, 0.0]), np.array([0.0, 3.0])) == pytest.approx(1.0)
    # p = (1/2, 1/2), q = (1, 0): H(3/4, 1/4) - 1/2
    expected = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)) - 0.5
    assert jensen_shannon(np.array([1.0, 1.0]), np.array([4.0, 0.0])) == pytest.approx(expected)


@pytest.mark.slow
def test_samples_of_one_distribution_are_called_unlike_as_often_as_stated() -> None:
    random = np.random.default_rng(2)
    shares = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    alarms, values, expected = [], [], []
    for seed in range(300):
        first = random.multinomial(600, shares).astype(float) * 7.0
        second = random.multinomial(60, shares).astype(float)
        found = divergence(first, 600.0, second, significance=0.1, random=np.random.default_rng(seed), n_replicates=300)
        alarms.append(found.value > found.limit)
        values.append(found.value)
        expected.append(found.expected)
    assert 0.05 <= np.mean(alarms) <= 0.15
    assert np.mean(values) == pytest.approx(np.mean(expected), rel=0.15)
    # 4 degrees of freedom: 4/(8 ln 2)·(1/600 + 1/60), which a divergence of 0 would deny
    assert np.mean(values) == pytest.approx(4 / (8 * np.log(2)) * (1 / 600 + 1 / 60), rel=0.2)


def test_a_golden_set_without_the_rare_bin_is_unlike() -> None:
    found = divergence(
        np.array([50.0, 50.0]), 400.0, np.array([40.0, 0.0]), significance=0.05, random=np.random.default_rng(1)
    )
    assert found.value > found.limit > found.expected > 0.0
    assert found.p_value < 0.01


def test_equal_shares_are_never_unlike() -> None:
    found = divergence(
        np.array([3.0, 1.0]), 40.0, np.array([30.0, 10.0]), significance=0.05, random=np.random.default_rng(1)
    )
    assert (found.value, found.p_value) == (pytest.approx(0.0, abs=1e-15), 1.0)


def test_what_to_add_reaches_the_ratio_and_no_more() -> None:
    weighted, counts = np.array([70.0, 20.0, 10.0]), np.array([30.0, 0.0, 1.0])
    wanted = items_wanted(weighted, counts, ratio=0.5)
    total = counts.sum() + wanted.sum()
    shares = weighted / weighted.sum()
    assert wanted.tolist() == [0.0, 4.0, 1.0]
    assert (counts + wanted >= 0.5 * shares * total - 1e-9).all()
    assert items_wanted(weighted, weighted, ratio=0.9).tolist() == [0.0, 0.0, 0.0]
    assert items_wanted(weighted, counts, ratio=0.0).tolist() == [0.0, 0.0, 0.0]
    # each addition raises what is due: 4.5 of 10 are 5, 6.75 of 15 are 7, ... until 8.55 of 19 are 9
    assert items_wanted(np.ones(2), np.array([10.0, 0.0]), ratio=0.9).tolist() == [0.0, 9.0]


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="counts: "):
        divergence(np.ones(2), 2.0, np.zeros(2), significance=0.05, random=np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"shape \(3,\) beside \(2,\)"):
        divergence(np.ones(2), 2.0, np.ones(3), significance=0.05, random=np.random.default_rng(1))
    with pytest.raises(ValueError, match=r"ratio: 1.0 is not in \[0, 1\)"):
        items_wanted(np.ones(2), np.ones(2), ratio=1.0)
