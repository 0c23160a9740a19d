"""The first screen: per policy how much, going up or down, and can it be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lib.reporting import figures
from lib.reporting.change_verdicts import CHANGE_TITLES, NO_EARLIER, ChangeState, ChangeVerdict
from lib.reporting.charts.interval_strip import Strip, strip_of
from lib.reporting.charts.scale import tick_label, top_of
from lib.reporting.charts.trend import Trend, trend_of
from lib.reporting.estimates import Estimate, Figure
from lib.reporting.numbers import Number, trust_of
from lib.reporting.page_context import PageContext
from lib.reporting.trust import TRUST_TITLES, TrustState

SPARK_PERIODS: Final[Mapping[str, int]] = {"day": 28, "week": 13}
"""Periods in the small series of a row, by the kind of period."""


@dataclass(frozen=True)
class ScoreRow:
    """One policy; without a figure to show, the texts of the figure are empty and `no_figure` stands there."""

    policy: str
    title: str
    trust_state: TrustState
    trust_title: str
    trust_text: str
    judged: str
    worth: str
    no_figure: str = ""
    change_state: ChangeState | None = None
    change_title: str = ""
    change_points: str = ""
    change_text: str = ""
    share: str = ""
    interval: str = ""
    one_in: str = ""
    strip: Strip | None = None
    spark: Trend | None = None


@dataclass(frozen=True)
class Scoreboard:
    """The rows, the end of their common scale, and what they say in sentences."""

    rows: Sequence[ScoreRow]
    top_label: str
    summary: Sequence[str]


def scoreboard_of(context: PageContext) -> Scoreboard | None:
    """Return the first screen; None if there is no weekly estimate."""
    view = context.view
    if view is None:
        return None
    numbers = {policy: context.numbers.find(view, policy) for policy in context.titles}
    shown = [n.estimate.figure for n in numbers.values() if n is not None and n.estimate.figure is not None]
    top = top_of(shown)
    rows = [
        score_row(number, policy=policy, title=context.titles[policy], top=top, context=context)
        for policy, number in numbers.items()
    ]
    return Scoreboard(rows, tick_label(top), summary_sentences(rows))


def score_row(number: Number | None, *, policy: str, title: str, top: float, context: PageContext) -> ScoreRow:
    """Return the row of one policy on a scale from 0 to `top`."""
    trust = trust_of(number)
    estimate = None if number is None else number.estimate
    row = ScoreRow(
        policy=policy,
        title=title,
        trust_state=trust.state,
        trust_title=TRUST_TITLES[trust.state],
        trust_text=trust.text,
        judged="" if estimate is None else figures.judged_units(estimate.n_labels),
        worth=_worth(estimate),
        no_figure="" if estimate is not None and estimate.figure is not None else TRUST_TITLES[trust.state].lower(),
    )
    if number is None or number.estimate.figure is None:
        return row
    decimals = context.decimals[policy]
    return ScoreRow(
        **vars(row)
        | _change_texts(number.change, decimals=decimals)
        | _figure_texts(number.estimate.figure, number.estimate.measure, decimals=decimals, top=top)
        | {"spark": _spark(policy, context)}
    )


def summary_sentences(rows: Sequence[ScoreRow]) -> list[str]:
    """Return what the week comes to: what moved, what is held, what needs care."""
    shown = [row for row in rows if row.share]
    held = [row.title for row in rows if row.trust_state == "held"]
    sentences = [f"{len(shown)} of {len(rows)} policies have a released figure."]
    sentences += [f"Held back: {figures.listed(held)}."] if held else []
    states: tuple[ChangeState, ...] = ("up", "down")
    moved = {state: [row.title for row in shown if row.change_state == state] for state in states}
    sentences += [f"{CHANGE_TITLES[state]}: {figures.listed(names)}." for state, names in moved.items() if names]
    if not any(moved.values()) and any(row.change_state == "unclear" for row in shown):
        sentences.append("None changed clearly against the week before.")
    unknown = [row.title for row in shown if row.change_state == "unknown"]
    if shown and all(row.change_text == NO_EARLIER for row in shown):
        sentences.append("There is no earlier week to compare with.")
    elif unknown:
        sentences.append(f"{CHANGE_TITLES['unknown']}: {figures.listed(unknown)}.")
    return sentences


def _figure_texts(figure: Figure, measure: str, *, decimals: int, top: float) -> dict[str, object]:
    cases = figures.one_in(figure.prevalence)
    return {
        "share": figures.percent(figure.prevalence, decimals=decimals),
        "interval": figures.percent_interval(figure.ci_low, figure.ci_high, decimals=decimals),
        "one_in": f"{cases} {measure}" if figure.prevalence > 0 else cases,
        "strip": strip_of(figure, top=top),
    }


def _change_texts(verdict: ChangeVerdict | None, *, decimals: int) -> dict[str, object]:
    if verdict is None:
        return {}
    return {
        "change_state": verdict.state,
        "change_title": CHANGE_TITLES[verdict.state],
        "change_points": "" if verdict.change is None else figures.points_range(verdict.change, decimals=decimals),
        "change_text": verdict.text,
    }


def _worth(estimate: Estimate | None) -> str:
    """How many units drawn at random would give the same precision."""
    if estimate is None or estimate.figure is None or estimate.figure.effective_sample_size is None:
        return ""
    return f"Worth {figures.count(estimate.figure.effective_sample_size)} random units."


def _spark(policy: str, context: PageContext) -> Trend | None:
    """The last periods of the headline series up to the headline week."""
    kind, week = context.trend_period, context.week
    if week is None:
        return None
    series = [e for e in context.headline_series if e.period == kind and e.last_day <= week.last_day]
    days = sorted({estimate.first_day for estimate in series})[-SPARK_PERIODS[kind] :]
    mine = [estimate for estimate in series if estimate.policy == policy and estimate.first_day in days]
    if len(days) < 2:
        return None
    return trend_of(mine, breaks=(), first_day=days[0], last_day=week.last_day)
