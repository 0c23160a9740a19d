"""e-d-BH by hand."""

import numpy as np
import pytest

from lib.monitoring.detection.error_budget import alarms, log_threshold

BUDGET = {"false_discovery_rate": 0.1, "patience_days": 90.0}
# one of four equal streams needs 4·90/0.1 = 3,600, two together 1,800 each, four 900 each
EQUAL = np.full(4, 0.25)


def _alarms(evidence: list[float], share: np.ndarray = EQUAL) -> list[bool]:
    with np.errstate(divide="ignore"):
        return list(alarms(np.log(np.array(evidence)), share, **BUDGET))


def test_one_stream_alone_needs_the_whole_threshold() -> None:
    assert _alarms([3_601.0, 1.0, 0.0, 1.0]) == [True, False, False, False]
    assert _alarms([3_599.0, 1.0, 0.0, 1.0]) == [False, False, False, False]


def test_several_streams_need_less_each() -> None:
    assert _alarms([1_801.0, 1_802.0, 1.0, 1.0]) == [True, True, False, False]
    assert _alarms([1_801.0, 1_799.0, 1.0, 1.0]) == [False, False, False, False]
    assert _alarms([901.0, 905.0, 903.0, 902.0]) == [True] * 4


def test_a_weak_one_rides_with_strong_ones_only_as_far_as_its_rank_allows() -> None:
    assert _alarms([1e9, 1e9, 1_201.0, 1.0]) == [True, True, True, False]
    assert _alarms([1e9, 1e9, 1_199.0, 1.0]) == [True, True, False, False]


def test_a_larger_share_of_the_budget_needs_less() -> None:
    share = np.array([0.7, 0.1, 0.1, 0.1])
    assert _alarms([900.0 / 0.7 + 1.0, 1.0, 1.0, 1.0], share) == [True, False, False, False]
    assert list(log_threshold(share, **BUDGET)) == pytest.approx([np.log(900.0 / s) for s in share])


def test_streams_that_are_not_watched_never_raise_one() -> None:
    assert _alarms([0.0] * 4) == [False] * 4
    assert _alarms([1e9, 0.0, 0.0, 0.0], np.array([0.0, 0.5, 0.5, 0.0])) == [False] * 4
