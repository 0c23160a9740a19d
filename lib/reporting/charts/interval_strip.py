"""A share with its interval on a line from zero: one row of a table whose rows share their scale."""

from dataclasses import dataclass

from lib.reporting.charts.scale import coordinate
from lib.reporting.estimates import Figure


@dataclass(frozen=True)
class Strip:
    """Positions in per cent of the line's length; `reference` is where the whole lies, if that is shown."""

    low: str
    high: str
    dot: str
    reference: str = ""


def strip_of(figure: Figure, *, top: float, reference: float | None = None) -> Strip:
    """Return the strip of a figure on a scale from 0 to `top`."""
    low, high, dot = (_per_cent(share, top) for share in (figure.ci_low, figure.ci_high, figure.prevalence))
    return Strip(low, high, dot, "" if reference is None else _per_cent(reference, top))


def _per_cent(share: float, top: float) -> str:
    return f"{coordinate(100 * share / top)}%"
