"""Scales of shares: they begin at zero and end at a round number."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from lib.reporting import figures
from lib.reporting.estimates import Figure

EMPTY_TOP: Final = 0.01
"""Where a scale ends on which nothing is drawn."""
_REACH: Final = 2.5
# Each and its half can be read at a glance.
_ROUND: Final = (1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def round_top(highest: float) -> float:
    """Return the smallest round share that is not below `highest`, at most 1; EMPTY_TOP if that is not above 0."""
    return min(1.0, round_above(highest))


def round_above(highest: float) -> float:
    """Return the smallest round number that is not below `highest`; EMPTY_TOP if that is not above 0."""
    if not highest > 0:
        return EMPTY_TOP
    exponent = math.floor(math.log10(highest))
    # An edge of rounding may put the first candidates one power too high or too low.
    for power in (exponent - 1, exponent, exponent + 1):
        for step in _ROUND:
            candidate = float(f"{step}e{power}")
            if candidate >= highest:
                return candidate
    raise ValueError(f"{highest} has no round number above it; scales are of finite numbers.")


def top_of(figures_shown: Iterable[Figure]) -> float:
    """Return the end of a scale that holds all figures with their ranges."""
    return round_top(max((figure.ci_high for figure in figures_shown), default=0.0))


def readable_top(figures_shown: Sequence[Figure]) -> float:
    """Return the end of a scale on which most ranges can be read: one of a few labels would flatten all others.

    It holds every figure, and every range up to 2.5 times the median of the upper limits; those beyond are marked.
    """
    return round_top(readable_reach(figures_shown))


def readable_reach(figures_shown: Sequence[Figure]) -> float:
    """Return the highest number that a readable scale has to hold, see `readable_top`; 0 if nothing is shown."""
    if not figures_shown:
        return 0.0
    limits = sorted(figure.ci_high for figure in figures_shown)
    reach = min(limits[-1], _REACH * limits[len(limits) // 2])
    return max(reach, *(figure.prevalence for figure in figures_shown))


def tick_label(share: float) -> str:
    """Return a share on an axis, without zeros at its end, for example `0.5 %`."""
    return f"{figures.rounded(100 * share):g}{figures.PER_CENT}"


def coordinate(value: float) -> str:
    """Return a coordinate with one decimal at most; a half goes up, as in a browser."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"
