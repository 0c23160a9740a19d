"""How often the index and the labels went the same way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy import stats

from lib.estimation.misclassification.binomial_limits import binomial_limits
from lib.monitoring.detection.readings import Reading

ByDay = Mapping[date, Reading]


@dataclass(frozen=True)
class BackTest:
    """Pairs of neighbouring blocks of days in which the index moved, and how the labelled rate moved.

    Attributes:
        n_compared: pairs
        n_right: of them with both changes in one direction
        low: lower limit of the share that is right; None without a pair
        high: upper limit
        n_sure: pairs whose labelled change is beyond its error
        n_sure_right: of them with both changes in one direction

    """

    n_compared: int
    n_right: int
    low: float | None
    high: float | None
    n_sure: int
    n_sure_right: int

    @property
    def share_right(self) -> float | None:
        """n_right / n_compared."""
        return self.n_right / self.n_compared if self.n_compared else None


def back_test(
    scores: ByDay, labelled: ByDay, *, last_ds: date, block_days: int, flat_band: float, confidence: float
) -> BackTest:
    """Compare the directions of index and labelled rate over the past.

    Days that have both are gathered in blocks of `block_days` that end on the last of them; of each block both means
    are taken over the same days. A pair of neighbouring blocks counts if the index changed by more than `flat_band`:
    otherwise it claimed no direction. Chance alone makes the labelled change of many pairs go the wrong way, so the
    share is a lower bound, so to speak, of how often the index is right about the true rate; the sure pairs, whose
    labelled change leaves 0 out of its two-sided interval, say more where they are many.

    The limits are Clopper and Pearson's with half as many pairs, because neighbours share a block.

    Args:
        scores: mean score by day
        labelled: released rate by day
        last_ds: last day that may be used
        block_days: days of a block
        flat_band: relative change up to which the index claims nothing
        confidence: of the limits and of what is sure, in (0, 1)

    Returns:
        the counts

    """
    both = sorted(day for day in scores.keys() & labelled.keys() if day <= last_ds)
    blocks: dict[int, list[date]] = {}
    for day in both:
        blocks.setdefault((both[-1] - day).days // block_days, []).append(day)
    pairs = [(blocks[number + 1], blocks[number]) for number in sorted(blocks) if number + 1 in blocks]
    moves = [_move(scores, labelled, old, new, confidence) for old, new in pairs]
    claimed = [(index, rate, is_sure) for index, rate, is_sure in moves if abs(index) > flat_band and rate != 0.0]
    right = [index * rate > 0.0 for index, rate, _ in claimed]
    sure = [is_right for is_right, (_, _, is_sure) in zip(right, claimed, strict=True) if is_sure]
    low, high = None, None
    if right:
        low, high = binomial_limits("clopper_pearson", float(np.mean(right)), max(1.0, len(right) / 2.0), confidence)
    return BackTest(len(right), sum(right), low, high, len(sure), sum(sure))


def mean_of(readings: ByDay, days: list[date]) -> float:
    """Plain mean of a stream over days that have a reading."""
    return float(np.mean([readings[day].value for day in days]))


def block_before(readings: ByDay, last: date, block_days: int) -> list[date]:
    """The days with a reading among the `block_days` days that end on `last`."""
    span = [last - timedelta(days=offset) for offset in range(block_days)]
    return sorted(day for day in span if day in readings)


def _move(
    scores: ByDay, labelled: ByDay, old: list[date], new: list[date], confidence: float
) -> tuple[float, float, bool]:
    """Relative change of the index, change of the labelled rate, and whether that is beyond its error."""
    before, after = mean_of(scores, old), mean_of(scores, new)
    change = mean_of(labelled, new) - mean_of(labelled, old)
    error = math.hypot(_error(labelled, old), _error(labelled, new))
    z = float(stats.norm.ppf((1.0 + confidence) / 2.0))
    return (after / before - 1.0 if before > 0.0 else 0.0), change, abs(change) > z * error


def _error(labelled: ByDay, days: list[date]) -> float:
    return float(np.linalg.norm([labelled[day].std_error for day in days])) / len(days)
