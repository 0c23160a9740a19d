"""Charts of estimates with the same figures as tables: by day and by surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt
import pandas as pd
from markupsafe import Markup

from lib.reporting import charts, figures
from lib.reporting.estimates import Estimate, estimate_frame
from lib.reporting.shown_text import chart_names, shortened_for_chart
from lib.reporting.svg import inline_svg
from lib.reporting.tables import render_table, series_table

SURFACE: Final = "surface"
ALL_SURFACES: Final = "all surfaces"


@dataclass(frozen=True)
class ChartFigure:
    """A chart with its title and the same figures as a table."""

    title: str
    chart: Markup
    table: Markup


def trend_figures(
    daily: Sequence[Estimate], *, policy_titles: Mapping[str, str], decimals: Mapping[str, int]
) -> list[ChartFigure]:
    """One chart per policy with daily estimates, all on the same time axis; policies without a day are left out.

    Args:
        daily: daily estimates over everything by the published estimator.
        policy_titles: policy id to title, in order.
        decimals: policy id to decimals of its percentages.

    """
    shown = []
    for policy, title in policy_titles.items():
        n_decimals = decimals.get(policy, figures.LEAST_DECIMALS)
        days = sorted((e for e in daily if e.policy == policy), key=lambda e: e.first_day)
        if days:
            by_name = {figures.day(e.first_day): e for e in days}
            chart = charts.trend_chart(
                _described(by_name, decimals=n_decimals),
                first_day=min(e.first_day for e in daily),
                last_day=max(e.first_day for e in daily),
            )
            shown.append(_figure(chart, by_name, title=title, of="by day", name_header="Day", decimals=n_decimals))
    return shown


def surface_figures(
    weekly: Sequence[Estimate], *, policy_titles: Mapping[str, str], decimals: Mapping[str, int]
) -> list[ChartFigure]:
    """One chart per policy by surface, under its estimate over all of them; policies without a surface are left out.

    Args:
        weekly: estimates of one week by the published estimator, over everything and by surface.
        policy_titles: policy id to title, in order.
        decimals: policy id to decimals of its percentages.

    """
    shown = []
    for policy, title in policy_titles.items():
        n_decimals = decimals.get(policy, figures.LEAST_DECIMALS)
        overall = [(ALL_SURFACES, e) for e in weekly if e.policy == policy and e.segment == "all"]
        by_surface = {_surface(e): e for e in weekly if e.policy == policy and e.segment == SURFACE}
        if by_surface:
            by_name = dict([*overall, *sorted(by_surface.items())])
            chart = charts.segment_chart(_described(by_name, decimals=n_decimals))
            shown.append(
                _figure(chart, by_name, title=title, of="by surface", name_header="Surface", decimals=n_decimals)
            )
    return shown


def _surface(estimate: Estimate) -> str:
    """Name of its surface; one that calls itself all of them must not take the place of the whole."""
    name = estimate.segment_value
    return f"{name} (the name of one)" if name == ALL_SURFACES else name


def _described(estimates: Mapping[str, Estimate], *, decimals: int) -> pd.DataFrame:
    """Return the frame a chart draws: each row with its name and the sentence its tooltip shows."""
    names = chart_names(estimates)
    in_words = [_in_words(estimate, decimals=decimals) for estimate in estimates.values()]
    return estimate_frame(list(estimates.values())).assign(
        segment_value=names,
        description=[f"{name}: {said}" for name, said in zip(names, in_words, strict=True)],
    )


def _in_words(estimate: Estimate, *, decimals: int) -> str:
    figure = estimate.figure
    if figure is None:
        return shortened_for_chart(figures.hold_text(estimate.hold_reasons))
    share = figures.percent(figure.prevalence, decimals=decimals)
    return f"{share} ({figures.percent_interval(figure.ci_low, figure.ci_high, decimals=decimals)})"


def _figure(
    chart: alt.LayerChart, estimates: Mapping[str, Estimate], *, title: str, of: str, name_header: str, decimals: int
) -> ChartFigure:
    caption = f"{title}: prevalence {of}"
    table = series_table(estimates, caption=caption, name_header=name_header, decimals=decimals)
    return ChartFigure(title, inline_svg(chart, label=caption), render_table(table))
