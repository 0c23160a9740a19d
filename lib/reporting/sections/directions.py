"""Which way the scores go between labelled days, how often they were right, and whether labels and scores have parted.

The index is made of no label. Of a policy without a figure of the week it is not shown all the same: it would be read
in place of the number that is held, and calibrated scores are close to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lib.reporting import figures
from lib.reporting.charts.index_trend import IndexTrend, index_over_its_average, index_trend
from lib.reporting.estimates import EVERYTHING, UNIT, Estimate
from lib.reporting.page_context import PageContext
from lib.reporting.sections import direction_words as words
from lib.reporting.sections.trends import SeriesRow, series_row

Row = Mapping[Any, Any]


@dataclass(frozen=True)
class DayRow:
    """One day: the index over its own average, which way it goes, and what the page shows of the labels."""

    index: str
    way: str
    labelled: SeriesRow


@dataclass(frozen=True)
class Direction:
    """One policy by one measure; without a chart, `remark` says why."""

    policy: str
    title: str
    measure: str
    is_first: bool
    gap: words.Gap
    remark: str = ""
    way: str = ""
    since: str = ""
    back_test: str = ""
    label: str = ""
    chart: IndexTrend | None = None
    rows: Sequence[DayRow] = ()


def directions_of(context: PageContext) -> list[Direction] | None:
    """Return every policy by every measure of the page; None if no index was ever written, empty if it has no row."""
    index = context.data.directional_index
    if index is None:
        return None
    if index.empty:
        return []
    axis = (index["ds"].min().date(), index["ds"].max().date())
    by_stream: dict[tuple[str, str], list[Row]] = {}
    for row in index.sort_values("ds").to_dict("records"):
        by_stream.setdefault((str(row["policy"]), str(row["measure"])), []).append(row)
    return [
        _direction(by_stream.get((policy, measure), []), policy, measure, axis=axis, context=context)
        for policy in context.titles
        for measure in context.measures or [context.measure]
    ]


def _direction(
    rows: Sequence[Row], policy: str, measure: str, *, axis: tuple[date, date], context: PageContext
) -> Direction:
    is_first = measure == context.measure
    gap = words.gap_of(context, policy, measure)
    named = (policy, context.titles[policy], measure, is_first)
    if not _is_shown(policy, measure, context):
        return Direction(*named, gap=gap if gap.is_parted else words.NOT_TOLD, remark=words.HELD)
    scores = {row["ds"].date(): float(row["mean_score"]) for row in rows}
    labelled = [e for e in _daily(policy, measure, context) if axis[0] <= e.first_day <= axis[1]]
    index = index_over_its_average(scores, labelled)
    if not index:
        return Direction(*named, gap=gap, remark=words.NO_SCORES)
    settings, last = context.data.index_settings, rows[-1]
    breaks = [known for known in context.numbers.breaks if known.concerns(policy)]
    return Direction(
        *named,
        gap=gap,
        way=words.way(last),
        since=words.since(last, settings),
        back_test=words.back_test(last, settings),
        label=_label(context.titles[policy], measure, index, labelled),
        chart=index_trend(index, labelled, breaks=breaks, first_day=axis[0], last_day=axis[1]),
        rows=_day_rows(rows, index, labelled, decimals=context.decimals[policy]),
    )


def _is_shown(policy: str, measure: str, context: PageContext) -> bool:
    """Whether the page has a figure of the week, of the headline and by the measure itself."""
    if policy not in context.released_policies or context.view is None:
        return False
    view = context.view
    number = context.numbers.estimates(
        period="week", anchor=view.anchor, policy=policy, measure=measure, estimator=view.estimator,
        segment=EVERYTHING, component=UNIT,
    )  # fmt: skip
    return any(estimate.figure is not None for estimate in number)


def _daily(policy: str, measure: str, context: PageContext) -> list[Estimate]:
    published = context.data.published_estimator
    return context.numbers.estimates(
        period="day", policy=policy, measure=measure, estimator=published, segment=EVERYTHING, component=UNIT
    )


def _day_rows(
    rows: Sequence[Row], index: Mapping[date, float], labelled: Sequence[Estimate], *, decimals: int
) -> list[DayRow]:
    """Every day with an index or a labelled number, the latest first."""
    ways = {row["ds"].date(): words.way(row) for row in rows}
    by_day = {estimate.first_day: estimate for estimate in labelled}
    found = []
    for day in sorted({*index, *by_day}, reverse=True):
        estimate = by_day.get(day)
        said = SeriesRow(figures.day(day), remark="no labelled number") if estimate is None else None
        multiple = figures.fixed(index[day], decimals=2) if day in index else "–"
        found.append(DayRow(multiple, ways.get(day, "–"), said or series_row(by_day[day], decimals=decimals)))
    return found


def _label(title: str, measure: str, index: Mapping[date, float], labelled: Sequence[Estimate]) -> str:
    """What the chart shows, for those who do not see it."""
    low, high = (figures.fixed(multiple, decimals=2) for multiple in (min(index.values()), max(index.values())))
    n_shown = sum(estimate.figure is not None for estimate in labelled)
    n_held = len(labelled) - n_shown
    held = f", {n_held} not shown" if n_held else ""
    days = f"{len(index)} days from {low} to {high} times its average"
    return (
        f"{title} by {measure}: directional index from scores, {days}, beside {n_shown} labelled figures{held}; "
        "the table below has them all."
    )
