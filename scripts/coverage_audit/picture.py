"""The picture of the coverage audit: coverage and width against the number of positives, one panel a method."""

from typing import cast

import altair as alt
import pandas as pd

from scripts.coverage_audit.report import HIGHEST, LOWEST

_SHOWN = {
    "wald": "Wald",
    "logit": "logit",
    "korn_graubard": "Korn-Graubard",
    "gamma": "gamma, largest weight",
    "split_gamma": "split gamma (default)",
}
_LADDERS = {1: "one rung", 2: "two rungs", 3: "three rungs"}
_LOWEST_SHOWN, _WIDEST_SHOWN = 0.7, 6.0


def coverage_picture(table: pd.DataFrame) -> alt.VConcatChart:
    """Return the chart; `table` as in `coverage_report`."""
    shown = table[table["method"].isin(list(_SHOWN)) & (table["estimator"] == "regression")].copy()
    shown["interval"] = shown["method"].map(_SHOWN)
    shown["ladder"] = shown["n_rungs"].map(_LADDERS)
    shown["coverage"] = shown["coverage"].clip(lower=_LOWEST_SHOWN)
    shown["width"] = shown["width_to_wald"].clip(upper=_WIDEST_SHOWN)
    shown = shown[["interval", "ladder", "n_positives", "coverage", "width"]]
    coverage_axis = alt.Y(
        "coverage:Q",
        scale=alt.Scale(domain=[_LOWEST_SHOWN, 1.0], zero=False),
        title="coverage of 95 % intervals (axis from .7)",
    )
    width_axis = alt.Y(
        "width:Q",
        scale=alt.Scale(domain=[0.8, _WIDEST_SHOWN], type="log"),
        title="mean width / Wald (6 stands for 6 and more)",
    )
    aim = [
        alt.Chart().mark_rule(color="#555", strokeDash=[4, 3]).encode(y=alt.datum(limit)) for limit in (LOWEST, HIGHEST)
    ]
    upper = _panels(alt.layer(*aim, _points(coverage_axis)), shown)
    lower = _panels(alt.layer(_points(width_axis)), shown)
    picture = alt.vconcat(upper, lower).configure_view(stroke="#ccc").configure_axis(gridColor="#eee")
    return cast("alt.VConcatChart", picture)


def _points(y: alt.Y) -> alt.Chart:
    colours = alt.Scale(domain=list(_LADDERS.values()), range=["#1b6ca8", "#4b8f29", "#c1601f"])
    points = alt.Chart().mark_point(filled=True, size=20, opacity=0.7)
    encoded = points.encode(
        x=alt.X("n_positives:Q", scale=alt.Scale(type="log"), title="violations found on the last rung"),
        y=y,
        color=alt.Color("ladder:N", title=None, scale=colours),
    )
    return cast("alt.Chart", encoded)


def _panels(chart: alt.LayerChart | alt.FacetChart, shown: pd.DataFrame) -> alt.FacetChart:
    columns = alt.Column("interval:N", title=None, sort=list(_SHOWN.values()))
    sized = chart.properties(width=190, height=190, data=shown)
    return cast("alt.FacetChart", sized.facet(column=columns))
