"""Scales: from zero to a round number that holds everything drawn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.reporting.charts.scale import EMPTY_TOP, coordinate, readable_top, round_top, tick_label, top_of
from lib.reporting.estimates import Figure


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0.0107, 0.012), (0.012, 0.012), (0.0121, 0.016), (0.0001, 0.0001), (0.31, 0.4), (0.9, 1.0), (1.0, 1.0)],
)
def test_top_is_the_next_round_number(highest: float, top: float) -> None:
    assert round_top(highest) == top


@given(st.floats(min_value=1e-9, max_value=1.0))
def test_top_holds_the_highest_and_wastes_at_most_half_of_the_scale(highest: float) -> None:
    assert highest <= round_top(highest) <= 2 * highest or round_top(highest) == 1.0


def test_nothing_to_draw_has_a_scale_all_the_same() -> None:
    assert top_of([]) == EMPTY_TOP
    assert top_of([Figure(0.0, 0.0, 0.0)]) == EMPTY_TOP
    assert readable_top([]) == EMPTY_TOP


def test_one_long_range_does_not_flatten_the_others_but_every_figure_is_on_the_scale() -> None:
    usual = [Figure(0.005, 0.004, 0.01)] * 4
    assert readable_top([*usual, Figure(0.0, 0.0, 0.23)]) == 0.03  # 2.5 x 0.01, rounded up
    assert readable_top([*usual, Figure(0.1, 0.05, 0.23)]) == 0.1
    assert readable_top(usual) == 0.01
    assert top_of([*usual, Figure(0.0, 0.0, 0.23)]) == 0.3


def test_labels_have_no_zeros_at_their_end_and_coordinates_one_decimal() -> None:
    assert [tick_label(share) for share in (0.016, 0.008, 0.0)] == ["1.6\u00a0%", "0.8\u00a0%", "0\u00a0%"]
    assert [coordinate(value) for value in (12.0, 12.25, 12.34, 0.04)] == ["12", "12.3", "12.3", "0"]
