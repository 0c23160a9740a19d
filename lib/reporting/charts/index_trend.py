"""The label-free index beside the labelled figures, each over its own average: ways can be compared, levels cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import fmean

from lib.reporting import figures
from lib.reporting.breaks import Break
from lib.reporting.charts.scale import coordinate, readable_reach, round_above
from lib.reporting.charts.trend import HEIGHT, WIDTH, Trend, trend_of
from lib.reporting.estimates import Estimate, Figure

ByDay = Mapping[date, float]


@dataclass(frozen=True)
class IndexTrend:
    """The chart of the labelled figures with the `index` as a line, and a line at the `average` of both."""

    trend: Trend
    index: str
    average: str


def index_trend(
    index: ByDay, labelled: Iterable[Estimate], *, breaks: Sequence[Break], first_day: date, last_day: date
) -> IndexTrend:
    """Return the chart on a scale from zero on which 1 is the average of both.

    Args:
        index: the index of each day over its own average.
        labelled: daily estimates within the days of the axis; a day that is not shown is shaded.
        breaks: the breaks that concern the policy; the line does not cross a changed policy or a new scorer.
        first_day: where the time axis begins.
        last_day: where it ends.

    """
    scaled = over_their_average(list(labelled), index.keys())
    shown = [estimate.figure for estimate in scaled if estimate.figure is not None]
    top = round_above(max(1.0, readable_reach(shown), *index.values()))
    n_days = (last_day - first_day).days + 1

    def y(multiple: float) -> str:
        return coordinate(HEIGHT * (1 - multiple / top))

    line, before = [], date.min
    cuts = [known.ds for known in breaks if known.kind in ("policy", "scorer")]
    for day in sorted(index):
        x = coordinate(WIDTH * ((day - first_day).days + 0.5) / n_days)
        is_joined = day - timedelta(days=1) == before and day not in cuts
        line.append(f"L{x} {y(index[day])}" if is_joined else f"M{x} {y(index[day])}h0")
        before = day
    trend = trend_of(scaled, breaks=breaks, first_day=first_day, last_day=last_day, top=top, tick=_tick)
    return IndexTrend(trend, "".join(line), f"M0 {y(1.0)}H{WIDTH}")


def index_over_its_average(scores: ByDay, labelled: Iterable[Estimate]) -> dict[date, float]:
    """Return the mean scores over their average of the days with a labelled figure, of all days where none has one.

    Nothing is returned where that average is zero: there is nothing that could go up or down.
    """
    both = [scores[e.first_day] for e in labelled if e.figure is not None and e.first_day in scores]
    average = fmean(both or scores.values()) if scores else 0.0
    return {day: score / average for day, score in scores.items()} if average > 0 else {}


def over_their_average(labelled: Sequence[Estimate], days: Iterable[date]) -> list[Estimate]:
    """Return the estimates over the average of those on `days`; only held ones where that is zero or not known."""
    known = set(days)
    both = [e.figure.prevalence for e in labelled if e.figure is not None and e.first_day in known]
    average = fmean(both) if both else 0.0
    return [replace(e, figure=_over(e.figure, average)) for e in labelled if e.figure is None or average > 0]


def _over(figure: Figure | None, average: float) -> Figure | None:
    if figure is None:
        return None
    return Figure(figure.prevalence / average, figure.ci_low / average, figure.ci_high / average)


def _tick(multiple: float) -> str:
    return f"{figures.rounded(multiple):g}\N{NO-BREAK SPACE}×" if multiple else "0"
