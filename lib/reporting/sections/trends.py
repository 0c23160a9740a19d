"""Each policy in time: a chart with its breaks, and the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from lib.reporting import figures
from lib.reporting.charts.trend import Trend, trend_of
from lib.reporting.estimates import Estimate
from lib.reporting.page_context import PageContext
from lib.reporting.trust import trust_in

PERIOD_TITLES: Final = {"day": "Day", "week": "Week", "quarter": "Quarter", "all": "All days"}


@dataclass(frozen=True)
class SeriesRow:
    """One period of a series as text; without a figure, `remark` says why."""

    period: str
    share: str = ""
    interval: str = ""
    remark: str = ""


@dataclass(frozen=True)
class TrendFigure:
    """A chart, what it shows in words, its latest figure, and all of them."""

    policy: str
    title: str
    label: str
    readout: str
    trend: Trend
    rows: Sequence[SeriesRow]


def trend_figures(context: PageContext) -> list[TrendFigure]:
    """Return a figure per policy with estimates, all on the same time axis."""
    kind = context.trend_period
    series = [estimate for estimate in context.headline_series if estimate.period == kind]
    if not series:
        return []
    axis = (min(e.first_day for e in series), max(e.last_day for e in series))
    found = []
    for policy, title in context.titles.items():
        mine = sorted((e for e in series if e.policy == policy), key=lambda e: e.first_day)
        if mine:
            found.append(_figure(mine, policy=policy, title=title, axis=axis, context=context))
    return found


def series_rows(series: Sequence[Estimate], *, decimals: int) -> list[SeriesRow]:
    """Return the rows of a series, the latest first."""
    return [series_row(estimate, decimals=decimals) for estimate in reversed(series)]


def period_name(estimate: Estimate) -> str:
    """Return a period as text; one that lacks days says so only by its first and last day."""
    return figures.day_range(estimate.first_day, estimate.last_day)


def series_label(title: str, kind: str, series: Sequence[Estimate], *, decimals: int) -> str:
    """Return what a chart shows, for those who do not see it."""
    shown = [estimate.figure.prevalence for estimate in series if estimate.figure is not None]
    said = [f"{title} by {kind}", f"{len(shown)} figures"]
    if shown:
        low, high = (figures.percent(share, decimals=decimals) for share in (min(shown), max(shown)))
        said[-1] += f" from {low} to {high}"
    if len(shown) < len(series):
        said.append(f"{len(series) - len(shown)} not shown")
    return ", ".join(said) + "; the table below has them all."


def _figure(
    mine: Sequence[Estimate], *, policy: str, title: str, axis: tuple[date, date], context: PageContext
) -> TrendFigure:
    decimals = context.decimals[policy]
    breaks = [known for known in context.numbers.breaks if known.concerns(policy)]
    rows = series_rows(mine, decimals=decimals)
    return TrendFigure(
        policy=policy,
        title=title,
        readout=row_in_words(rows[0]),
        label=series_label(title, context.trend_period, mine, decimals=decimals),
        trend=trend_of(mine, breaks=breaks, first_day=axis[0], last_day=axis[1]),
        rows=rows,
    )


def row_in_words(row: SeriesRow) -> str:
    """Return a row as one line, for example `4 Mar 2024: 0.42 % (0.31–0.55 %)`."""
    return f"{row.period}: {row.remark}" if row.remark else f"{row.period}: {row.share} ({row.interval})"


def series_row(estimate: Estimate, *, decimals: int) -> SeriesRow:
    """Return one period of a series as text."""
    name, figure = period_name(estimate), estimate.figure
    if figure is None:
        return SeriesRow(name, remark=trust_in(estimate).text)
    share = figures.percent(figure.prevalence, decimals=decimals)
    return SeriesRow(name, share, figures.percent_interval(figure.ci_low, figure.ci_high, decimals=decimals))
