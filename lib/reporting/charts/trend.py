"""A series in time: a dot and an interval a period, a line through neighbours, gaps for what is not shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lib.reporting import figures
from lib.reporting.breaks import Break
from lib.reporting.charts.scale import coordinate, readable_top, tick_label
from lib.reporting.estimates import Estimate

WIDTH: Final = 1000
HEIGHT: Final = 100
_HELD: Final = "held"
_TOO_FEW: Final = "too few"
_FEWEST_DAYS_WITH_MIDDLE: Final = 5


@dataclass(frozen=True)
class Mark:
    """A numbered break: its number, its place in per cent of the width, and what it is."""

    number: int
    x: str
    text: str


@dataclass(frozen=True)
class GapLabel:
    """Why a stretch of periods has no figure, and its place in per cent of the width."""

    x: str
    text: str


@dataclass(frozen=True)
class Trend:
    """The paths of a chart of WIDTH x HEIGHT, the labels of its axes and gaps, and its numbered breaks.

    `beyond` are arrowheads on ranges that go on beyond the top.
    """

    gaps: str
    line: str
    ranges: str
    beyond: str
    dots: str
    breaks: str
    scorers: str
    y_labels: Sequence[str]
    x_labels: Sequence[str]
    marks: Sequence[Mark]
    gap_labels: Sequence[GapLabel]


def trend_of(
    series: Iterable[Estimate],
    *,
    breaks: Sequence[Break],
    first_day: date,
    last_day: date,
    top: float | None = None,
    tick: Callable[[float], str] = tick_label,
) -> Trend:
    """Return the chart of one series.

    Args:
        series: estimates of one kind of period, one a period, within the days of the axis.
        breaks: the breaks that concern the series; those within the axis are marked.
        first_day: where the time axis begins, the same for every series of a page.
        last_day: where it ends.
        top: where the scale ends; by default where most ranges can be read.
        tick: writes a number beside the scale.

    """
    rows = sorted(series, key=lambda estimate: estimate.first_day)
    n_days = (last_day - first_day).days + 1
    if top is None:
        top = readable_top([row.figure for row in rows if row.figure is not None])
    inside = [known for known in breaks if first_day < known.ds <= last_day]
    changes = [known for known in inside if known.kind != "scorer"]
    scorer_days = sorted({known.ds for known in inside if known.kind == "scorer"})

    def x(moment: float) -> str:
        return coordinate(WIDTH * moment / n_days)

    def y(share: float) -> str:
        return coordinate(HEIGHT * (1 - share / top))

    gaps, ranges, beyond, dots, line = [], [], [], [], []
    gap_labels: list[GapLabel] = []
    before: Estimate | None = None
    for row in rows:
        start, end = (row.first_day - first_day).days, (row.last_day - first_day).days + 1
        if row.figure is None:
            if before is None or before.figure is not None or not _is_neighbour(before, row):
                word = _TOO_FEW if row.is_too_few else _HELD
                gap_labels.append(GapLabel(f"{coordinate(50 * (start + end) / n_days)}%", word))
            gaps.append(f"M{x(start)} 0H{x(end)}V{HEIGHT}H{x(start)}Z")
        else:
            middle, share = x((start + end) / 2), y(row.figure.prevalence)
            ranges.append(f"M{middle} {y(min(row.figure.ci_high, top))}V{y(row.figure.ci_low)}")
            if row.figure.ci_high > top:
                beyond.append(f"M{middle} 0l-6 5M{middle} 0l6 5")
            dots.append(f"M{middle} {share}h0")
            line.append(f"{'L' if _is_joined(before, row, changes) else 'M'}{middle} {share}")
        before = row
    places = [(known.ds - first_day).days for known in changes]
    return Trend(
        gaps="".join(gaps),
        line="".join(line),
        ranges="".join(ranges),
        beyond="".join(beyond),
        dots="".join(dots),
        breaks="".join(f"M{x(place)} 0V{HEIGHT}" for place in places),
        scorers="".join(f"M{x((day - first_day).days)} {HEIGHT}v-5" for day in scorer_days),
        y_labels=[tick(top), tick(top / 2), tick(0)],
        x_labels=x_labels(first_day, last_day),
        marks=[
            Mark(number, f"{coordinate(100 * place / n_days)}%", f"{figures.day(known.ds)}: {known.title}")
            for number, (known, place) in enumerate(zip(changes, places, strict=True), start=1)
        ],
        gap_labels=gap_labels,
    )


def x_labels(first_day: date, last_day: date) -> Sequence[str]:
    """Return the first and the last day of an axis, and the middle one where there is room; the year once."""
    n_days = (last_day - first_day).days + 1
    if n_days == 1:
        return [figures.day(first_day)]
    middle = [first_day + timedelta(days=n_days // 2)] if n_days >= _FEWEST_DAYS_WITH_MIDDLE else []
    return [*(f"{day.day} {day:%b}" for day in (first_day, *middle)), figures.day(last_day)]


def _is_joined(before: Estimate | None, row: Estimate, breaks: Sequence[Break]) -> bool:
    """Whether a line leads from the period before: it is shown, a neighbour, and the policy did not change between."""
    if before is None or before.figure is None or not _is_neighbour(before, row):
        return False
    return not any(before.first_day < known.ds <= row.last_day for known in breaks if known.kind == "policy")


def _is_neighbour(before: Estimate, row: Estimate) -> bool:
    """Whether no period lies between: a week may lack days with data at its ends."""
    return row.first_day - before.last_day <= timedelta(days=1 if row.period == "day" else 7)
