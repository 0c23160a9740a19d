"""The picture of the monitoring audit: days until a rise is seen against the precision of a day."""

from typing import cast

import altair as alt
import pandas as pd

_RULES = {
    "monitoring, headline": "solid: a headline stream",
    "monitoring, segment": "dashed: one of 100 segments",
}
_LONGEST = 120.0


def delay_picture(changed: pd.DataFrame) -> alt.FacetChart:
    """Return the chart; `changed` as in `monitoring_report`."""
    shown = changed[changed["rule"].isin(list(_RULES))].copy()
    shown["rule"] = shown["rule"].map(_RULES)
    shown["rise"] = [f"+{100 * size:.0f} %" for size in shown["size"]]
    shown["median"] = shown["median"].clip(upper=_LONGEST)
    shown = shown[["kind", "rise", "rule", "relative_error", "median"]]
    colours = alt.Scale(domain=["+25 %", "+50 %", "+100 %"], range=["#1b6ca8", "#4b8f29", "#c1601f"])
    dashes = alt.Scale(domain=list(_RULES.values()), range=[[1, 0], [5, 4]])
    lines = alt.Chart().mark_line(point=True)
    encoded = lines.encode(
        x=alt.X("relative_error:Q", axis=alt.Axis(format="%"), title="standard error of a day / rate"),
        y=alt.Y(
            "median:Q", title="median days until it is seen (120: not seen)", scale=alt.Scale(domain=[0, _LONGEST])
        ),
        color=alt.Color("rise:N", title="rise", scale=colours, sort=None),
        strokeDash=alt.StrokeDash("rule:N", title=None, scale=dashes, legend=alt.Legend(symbolType="stroke")),
    )
    sized = encoded.properties(width=260, height=240, data=shown)
    faceted = sized.facet(
        column=alt.Column("kind:N", title=None, sort=["level shift", "drift over 30 days", "drift over 90 days"])
    )
    return cast("alt.FacetChart", faceted.configure_view(stroke="#ccc").configure_axis(gridColor="#eee"))
