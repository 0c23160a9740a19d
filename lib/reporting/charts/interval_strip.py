"""A share with its interval on a line from zero: one row of a table whose rows share their scale."""

from dataclasses import dataclass

from lib.reporting.charts.scale import coordinate
from lib.reporting.estimates import Figure


@dataclass(frozen=True)
class Strip:
    """Positions in per cent of the line's length; `reference` is where the whole lies, if that is shown.

    `is_beyond` says that the interval goes on beyond the end of the line.
    """

    low: str
    high: str
    dot: str
    reference: str = ""
    is_beyond: bool = False


def strip_of(figure: Figure, *, top: float, reference: float | None = None) -> Strip:
    """Return the strip of a figure on a scale from 0 to `top`."""
    shares = (figure.ci_low, min(figure.ci_high, top), figure.prevalence)
    low, high, dot = (_per_cent(share, top) for share in shares)
    return Strip(low, high, dot, "" if reference is None else _per_cent(reference, top), figure.ci_high > top)


def _per_cent(share: float, top: float) -> str:
    return f"{coordinate(100 * share / top)}%"
