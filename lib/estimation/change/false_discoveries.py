"""Which of many changes are real: the false discovery rate is held, and ranges are widened to agree with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.estimation.change.difference import Change


@dataclass(frozen=True)
class JudgedChange:
    """A change with the range by which it is judged: real if the range leaves out zero.

    Attributes:
        change: the difference, and its range at the level that all the changes together ask for
        is_real: whether it is a discovery

    """

    change: Change
    is_real: bool


def judged_changes(changes: Sequence[Change], *, confidence_level: float) -> list[JudgedChange]:
    """Return the changes, of which at most 1 - `confidence_level` of those called real are expected to be none.

    The p-value of a change is the smallest 1 - level at which its range, widened by `widened`, leaves out zero.
    Benjamini & Hochberg (1995) choose R of the m changes; all ranges are then given the level 1 - R(1 - level)/m, so
    that a chosen range misses its change no more often either (Benjamini & Yekutieli 2005). Such a range leaves out
    zero exactly if its change was chosen. Holds for independent changes and for those of a whole and its parts, which
    go up and down together.

    Args:
        changes: differences with ranges of `confidence_level`, each by itself
        confidence_level: in (0, 1)

    Returns:
        the changes in their order

    """
    if not changes:
        return []
    p_values = [p_value(change, confidence_level=confidence_level) for change in changes]
    adjusted = stats.false_discovery_control(p_values)
    error = 1.0 - confidence_level
    n_real = int(np.sum(adjusted <= error))
    share = max(n_real, 1) / len(changes)
    judged = [widened(change, share=share, confidence_level=confidence_level) for change in changes]
    return [JudgedChange(change, change.is_beyond_error) for change in judged]


def p_value(change: Change, *, confidence_level: float) -> float:
    """Return 1 - level of the range that just reaches zero: 2·P(Z > z·|difference| / arm towards zero)."""
    arm = change.difference - change.low if change.difference > 0 else change.high - change.difference
    if change.difference == 0.0:
        return 1.0
    if not arm > 0.0:
        return 0.0
    quantile = stats.norm.isf((1.0 - confidence_level) / 2.0)
    return float(2.0 * stats.norm.sf(quantile * abs(change.difference) / arm))


def widened(change: Change, *, share: float, confidence_level: float) -> Change:
    """Return the change with a range that errs only in `share` of the cases: arms by the ratio of normal quantiles.

    Args:
        change: a difference with its range of `confidence_level`
        share: in (0, 1]; 1/m makes the ranges of m changes hold all at once (Bonferroni)
        confidence_level: in (0, 1)

    """
    tail = (1.0 - confidence_level) / 2.0
    factor = float(stats.norm.isf(tail * share) / stats.norm.isf(tail))
    return Change(
        difference=change.difference,
        low=change.difference - factor * (change.difference - change.low),
        high=change.difference + factor * (change.high - change.difference),
    )
