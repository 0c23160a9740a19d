"""Altair charts of small tables. Intervals are always drawn; a held figure is a marked gap, never a point.

The functions that draw estimates read the columns `prevalence`, `ci_low`, `ci_high` (shares in [0, 1]; null if
held), `is_held`, and `description`, the text of the tooltip and for screen readers.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import altair as alt
import pandas as pd

from lib.reporting.figures import axis_decimals
from lib.reporting.palette import PALETTE

WIDTH: Final = 420
TREND_HEIGHT: Final = 190
ROW_HEIGHT: Final = 28
AXIS_HEIGHT: Final = 40
MOST_DAY_LABELS: Final = 7
_AXIS_LABEL_WIDTH: Final = 56
_TREND_TICKS: Final = 4
_SEGMENT_TICKS: Final = 3
# The browser's fonts are not the ones the SVG was measured with: room for the widest of them, in pixels a letter.
_LETTER_WIDTH: Final = 7
_LONGEST_LABEL: Final = 26
_EMPTY_AXIS_TOP: Final = 0.01

_ONE_DAY: Final = timedelta(days=1)
_HALF_DAY: Final = pd.Timedelta(hours=12)


def trend_chart(days: pd.DataFrame, *, first_day: date, last_day: date) -> alt.LayerChart:
    """Prevalence of one policy by day, with interval bars and a line through unbroken runs of days.

    Args:
        days: one row per day with `ds` and the columns of an estimate.
        first_day: where the time axis starts, the same for every policy.
        last_day: where it ends.

    """
    n_days = (last_day - first_day).days + 1
    rows = _trend_rows(days)
    x = alt.X(
        "ds:T",
        title=None,
        scale=alt.Scale(type="utc", domain=[_noon(first_day - _ONE_DAY), _noon(last_day)]),
        axis=alt.Axis(values=_labelled_days(first_day, n_days), format="%-d %b", grid=False, labelOverlap=True),
    )
    column = alt.X("column_start:T", title=None)
    scale = _share_scale(rows, n_ticks=_TREND_TICKS)
    y = alt.Y(
        "prevalence:Q",
        title=None,
        scale=scale,
        axis=_share_axis(rows, n_ticks=_TREND_TICKS, min_extent=_AXIS_LABEL_WIDTH),
    )
    day_width = (WIDTH - _AXIS_LABEL_WIDTH) / n_days
    released, held = alt.Chart(rows[~rows["is_held"]]), alt.Chart(rows[rows["is_held"]])
    bar_width = max(1.0, min(3.0, day_width / 4))
    layers = [
        held.mark_rect(aria=False, color=PALETTE["held"]).encode(x=column, x2="column_end:T"),
        alt.Chart(rows[rows["is_held_start"]])
        .mark_text(aria=False, text="held", angle=270, align="left", baseline="middle", dx=5, color=PALETTE["held-ink"])
        .encode(x=x, y=alt.Y("baseline:Q", title=None, scale=scale)),
        released.mark_line(aria=False, color=PALETTE["accent-soft"], strokeWidth=1.5).encode(x=x, y=y, detail="run:N"),
        released.mark_rule(aria=False, color=PALETTE["accent"], strokeWidth=bar_width).encode(
            x=x, y=alt.Y("ci_low:Q"), y2="ci_high:Q"
        ),
        released.mark_point(
            aria=False, filled=True, opacity=1, color=PALETTE["accent"], size=max(8.0, min(55.0, day_width * 4))
        ).encode(x=x, y=y),
        # The whole column of a day answers the pointer: a dot alone is too small a target.
        alt.Chart(rows).mark_rect(opacity=0).encode(x=column, x2="column_end:T", description="description:N"),
    ]
    return _layered(layers, height=TREND_HEIGHT)


def segment_chart(segments: pd.DataFrame) -> alt.LayerChart:
    """Prevalence of one policy by segment value as dots with intervals, in the order of the rows.

    Args:
        segments: one row per value with `segment_value` and the columns of an estimate.

    """
    y = _row_axis("segment_value:N", segments["segment_value"])
    axis = _share_axis(segments, n_ticks=_SEGMENT_TICKS)
    x = alt.X("prevalence:Q", title=None, scale=_share_scale(segments, n_ticks=_SEGMENT_TICKS), axis=axis)
    rows = _drawn(segments, "segment_value")
    released, held = alt.Chart(rows[~rows["is_held"]]), alt.Chart(rows[rows["is_held"]])
    layers = [
        held.mark_rect(aria=False, color=PALETTE["held"]).encode(y=y),
        held.mark_text(aria=False, text="held", align="left", baseline="middle", color=PALETTE["held-ink"]).encode(
            x=alt.value(6), y=y
        ),
        released.mark_rule(aria=False, color=PALETTE["accent"], strokeWidth=3).encode(
            x=alt.X("ci_low:Q"), x2="ci_high:Q", y=y
        ),
        released.mark_point(aria=False, filled=True, opacity=1, size=70, color=PALETTE["accent"]).encode(x=x, y=y),
        alt.Chart(rows).mark_rect(opacity=0).encode(y=y, description="description:N"),
    ]
    return _layered(layers, height=AXIS_HEIGHT + ROW_HEIGHT * len(segments))


def funnel_chart(stages: pd.DataFrame) -> alt.LayerChart:
    """Units left at every stage from the population to the positives, as dots on a logarithmic axis.

    Args:
        stages: one row per stage with `stage`, `n_units` and `description`, in order.

    """
    rows = stages.assign(origin=1, position=stages["n_units"].clip(lower=1), text=[f"{n:,}" for n in stages["n_units"]])
    y = _row_axis("stage:N", rows["stage"])
    # From one unit up: the logarithm has no zero.
    scale = alt.Scale(type="log", domain=[1, max(10, int(rows["position"].max()))])
    # The numbers stand beside the dots: an axis would only repeat them.
    x = alt.X("position:Q", scale=scale, axis=None)
    base = alt.Chart(rows)
    above_zero = alt.Chart(rows[rows["n_units"] > 0])
    layers = [
        above_zero.mark_rule(aria=False, color=PALETTE["accent-soft"], strokeWidth=3).encode(
            x=alt.X("origin:Q", axis=None), x2="position:Q", y=y
        ),
        above_zero.mark_point(aria=False, filled=True, opacity=1, size=70, color=PALETTE["accent"]).encode(x=x, y=y),
        base.mark_text(aria=False, align="left", dx=9, color=PALETTE["ink"], fontWeight="bold").encode(
            x=x, y=y, text="text:N"
        ),
        base.mark_rect(opacity=0).encode(y=y, description="description:N"),
    ]
    return _layered(layers, height=ROW_HEIGHT * (len(rows) + 1))


def _trend_rows(days: pd.DataFrame) -> pd.DataFrame:
    """Rows in time order with `run`, which changes after every held or absent day and so breaks the line."""
    rows = days.sort_values("ds")
    is_next_day = rows["ds"].diff() == pd.Timedelta(days=1)
    is_held = rows["is_held"].astype(bool)
    was_held = is_held.shift(fill_value=False)
    rows = rows.assign(
        run=(is_held | was_held | ~is_next_day).cumsum(),
        is_held_start=is_held & ~(was_held & is_next_day),
        baseline=0,
        column_start=_utc_text(rows["ds"] - _HALF_DAY),
        column_end=_utc_text(rows["ds"] + _HALF_DAY),
        ds=_utc_text(rows["ds"]),
    )
    return _drawn(rows, "ds", "column_start", "column_end", "run", "is_held_start", "baseline")


def _utc_text(moments: "pd.Series[pd.Timestamp]") -> "pd.Series[str]":
    """Return moments with their zone written out, so that the machine's own zone cannot shift a day."""
    return moments.dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _drawn(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Only what is drawn goes into a chart; held figures are left out here once more."""
    figures = rows[["prevalence", "ci_low", "ci_high"]].astype(float).mask(rows["is_held"].astype(bool), axis=0)
    return figures.assign(**{name: rows[name] for name in (*keys, "is_held", "description")}).astype({"is_held": bool})


def _share_scale(rows: pd.DataFrame, *, n_ticks: int) -> alt.Scale:
    return alt.Scale(domain=[0, _axis_top(rows)], nice=n_ticks, zero=True)


def _share_axis(rows: pd.DataFrame, *, n_ticks: int, min_extent: int = 0) -> alt.Axis:
    decimals = axis_decimals(_axis_top(rows), n_ticks=n_ticks)
    return alt.Axis(format=f".{decimals}%", tickCount=n_ticks, domain=False, ticks=False, minExtent=min_extent)


def _axis_top(rows: pd.DataFrame) -> float:
    """Return the highest upper limit; with nothing to draw, a scale that is not degenerate."""
    highest = pd.to_numeric(rows["ci_high"].mask(rows["is_held"].astype(bool))).max()
    return float(highest) if highest > 0 else _EMPTY_AXIS_TOP


def _row_axis(field: str, order: "pd.Series[str]") -> alt.Y:
    n_letters = min(_LONGEST_LABEL, max(len(name) for name in order)) + 1
    return alt.Y(
        field,
        title=None,
        sort=list(order),
        axis=alt.Axis(
            domain=False,
            ticks=False,
            labelPadding=8,
            labelColor=PALETTE["ink"],
            labelLimit=_LETTER_WIDTH * _LONGEST_LABEL,
            minExtent=_LETTER_WIDTH * n_letters,
        ),
    )


def _labelled_days(first_day: date, n_days: int) -> Sequence[alt.DateTime]:
    step = -(-n_days // MOST_DAY_LABELS)
    return [_midnight(first_day + timedelta(days=offset)) for offset in range(0, n_days, step)]


def _midnight(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def _noon(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, hours=12, utc=True)


def _layered(layers: Sequence[alt.Chart], *, height: int) -> alt.LayerChart:
    """Stack layers in the look every chart shares: one outer width, and only palette colours, which the page themes."""
    axis = alt.AxisConfig(
        labelFontSize=12,
        labelColor=PALETTE["muted"],
        titleFontSize=12,
        titleFontWeight="normal",
        titleColor=PALETTE["muted"],
        gridColor=PALETTE["grid"],
        tickColor=PALETTE["grid"],
        domainColor=PALETTE["muted"],
    )
    config = alt.Config(
        background="transparent",
        padding={"left": 4, "top": 8, "right": 10, "bottom": 4},
        autosize=alt.AutoSizeParams(type="fit", contains="padding"),
        view=alt.ViewConfig(stroke=None),
        text=alt.MarkConfig(fontSize=12),
        axis=axis,
    )
    return alt.LayerChart(layer=list(layers), width=WIDTH, height=height, config=config)
