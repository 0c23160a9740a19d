"""Distances between distributions by hand."""

import math

import pytest

from lib.quality.distributions import distance, usual_distance


def test_the_distance_of_nominal_values_is_the_share_that_moved() -> None:
    before = {"search": 50.0, "home_feed": 50.0}
    assert distance(before, {"search": 500.0, "home_feed": 500.0}, "shares") == pytest.approx(0.0)
    assert distance(before, {"search": 40.0, "home_feed": 50.0, "assistant": 10.0}, "shares") == pytest.approx(0.1)
    assert distance(before, {"assistant": 3.0}, "shares") == pytest.approx(1.0)


def test_the_distance_of_ordered_values_is_how_far_they_moved_in_doublings() -> None:
    # Four bins are a doubling; bins are ordered by number, not as text.
    assert distance({"4": 10.0}, {"8": 7.0}, "counts") == pytest.approx(1.0)
    assert distance({"-2": 10.0}, {"10": 10.0}, "probabilities") == pytest.approx(3.0)
    assert distance({"0": 1.0, "4": 1.0}, {"0": 1.0, "8": 1.0}, "counts") == pytest.approx(0.5)


def test_a_lump_that_crosses_the_edge_of_a_bin_hardly_counts() -> None:
    assert distance({"3": 900.0, "9": 100.0}, {"4": 900.0, "9": 100.0}, "probabilities") == pytest.approx(0.225)


def test_nothing_is_infinitely_far_from_something() -> None:
    assert distance({}, {}, "counts") == 0.0
    assert distance({}, {"1": 2.0}, "counts") == math.inf


def test_the_usual_distance_ignores_a_minority_of_broken_days() -> None:
    today, broken = {"search": 50.0, "home_feed": 50.0}, {"assistant": 9.0}
    like_today = {"search": 52.0, "home_feed": 48.0}
    assert usual_distance(today, [like_today, like_today, broken], "shares") == pytest.approx(0.02)
