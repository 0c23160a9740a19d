"""The picture of the benchmark: CPU seconds of every engine, stacked by step, cold beside warm."""

from typing import cast

import altair as alt
import pandas as pd

from scripts.benchmark.costs import COLD, TOTAL, WARM
from scripts.benchmark.measured_work import STEPS
from scripts.benchmark.step_clock import START

_COLOURS = ["#9aa5b1", "#1b6ca8", "#4b8f29", "#c1601f", "#7a4fa3"]


def benchmark_picture(costs: pd.DataFrame) -> alt.FacetChart:
    """Return the chart; `costs` as made in scripts/benchmark/costs.py, medians over the repetitions are shown."""
    steps = costs[costs["step"] != TOTAL]
    shown = steps.groupby(["engine", "phase", "step"], as_index=False, sort=False)["cpu_seconds"].median()
    order = [START, *STEPS]
    shown["position"] = shown["step"].map(order.index)
    bars = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            x=alt.X("cpu_seconds:Q", title="CPU seconds (median)"),
            y=alt.Y("engine:N", title=None, sort=list(shown["engine"].unique())),
            color=alt.Color("step:N", title=None, sort=order, scale=alt.Scale(domain=order, range=_COLOURS)),
            order=alt.Order("position:Q"),
        )
    )
    columns = alt.Column("phase:N", title=None, sort=[COLD, WARM])
    picture = bars.properties(width=360, height=120).facet(column=columns)
    return cast("alt.FacetChart", picture.configure_view(stroke="#ccc").configure_axis(gridColor="#eee"))
