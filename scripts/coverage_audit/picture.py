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
_WIDTH, _HEIGHT = 190, 190


def coverage_picture(table: pd.DataFrame) -> alt.VConcatChart:
    """Return the chart; `table` as in `coverage_report`."""
    shown = table[table["method"].isin(list(_SHOWN)) & (table["estimator"] == "regression")].copy()
    shown["interval"] = shown["method"].map(_SHOWN)
    shown["labellers"] = shown["n_rungs"].map({1: "one rung", 2: "two rungs", 3: "three rungs"})
    shown["coverage"] = shown["coverage"].clip(lower=0.6)
    shown["width"] = shown["width_to_wald"].clip(upper=6)
    columns = ["interval", "labellers", "score", "n_positives", "coverage", "width"]
    base = alt.Chart(shown[columns]).encode(
        x=alt.X("n_positives:Q", scale=alt.Scale(type="log"), title="violations found on the last rung"),
        color=alt.Color("labellers:N", title=None, scale=alt.Scale(range=["#1b6ca8", "#c1601f", "#4b8f29"])),
    )
    coverage = base.mark_point(filled=True, size=22, opacity=0.75).encode(
        y=alt.Y("coverage:Q", scale=alt.Scale(domain=[0.6, 1]), title="coverage of 95 % intervals (axis from .6)")
    )
    aim = alt.Chart(pd.DataFrame({"from": [LOWEST], "to": [HIGHEST]})).mark_rect(color="#999", opacity=0.25)
    band = aim.encode(y="from:Q", y2="to:Q")
    width = base.mark_point(filled=True, size=22, opacity=0.75).encode(
        y=alt.Y("width:Q", scale=alt.Scale(domain=[0.8, 6], type="log"), title="mean width / Wald (6 and more: 6)")
    )
    facet = alt.Column("interval:N", title=None, sort=list(_SHOWN.values()))
    upper = alt.layer(band, coverage, data=shown[columns]).properties(width=_WIDTH, height=_HEIGHT).facet(column=facet)
    lower = width.properties(width=_WIDTH, height=_HEIGHT).encode(column=facet)
    panels = alt.vconcat(upper, lower).configure_view(stroke="#ccc").configure_axis(grid=True, gridColor="#eee")
    return cast("alt.VConcatChart", panels)
