"""The headline week and its cards: one policy's figure, its change and the labels behind it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lib.estimation.change.difference import change_between
from lib.reporting import figures
from lib.reporting.estimates import Estimate, Figure

DAYS_OF_A_WEEK: Final = 7
NO_ESTIMATE: Final = "There is no estimate for this week."


@dataclass(frozen=True)
class Week:
    """A calendar week: its Monday, and the first and last day with data."""

    monday: date
    first_day: date
    last_day: date
    n_days: int

    @property
    def is_complete(self) -> bool:
        """Whether every day of the week has data."""
        return self.n_days >= DAYS_OF_A_WEEK

    @property
    def monday_before(self) -> date:
        """The Monday of the week before."""
        return self.monday - timedelta(days=DAYS_OF_A_WEEK)


@dataclass(frozen=True)
class Headline:
    """One card. Without a figure to show, `prevalence` is empty; `state` and `remark` say why."""

    title: str
    prevalence: str = ""
    state: str = ""
    interval: str = ""
    change: str = ""
    remark: str = ""
    labels: str = ""


def latest_week(weekly: Iterable[Estimate]) -> Week | None:
    """Return the latest complete week; the latest week at all if none is complete; None if there is no estimate.

    Args:
        weekly: the weekly estimates over everything by the published estimator.

    """
    by_monday: dict[date, list[Estimate]] = {}
    for estimate in weekly:
        by_monday.setdefault(estimate.anchor, []).append(estimate)
    weeks = [
        Week(
            monday,
            min(estimate.first_day for estimate in estimates),
            max(estimate.last_day for estimate in estimates),
            max(estimate.n_days for estimate in estimates),
        )
        for monday, estimates in by_monday.items()
    ]
    return max(weeks, key=lambda week: (week.is_complete, week.monday), default=None)


def decimals_by_policy(estimates: Iterable[Estimate]) -> dict[str, int]:
    """Return per policy the decimals of its percentages, from its first released interval, so that the page agrees."""
    decimals: dict[str, int] = {}
    for estimate in estimates:
        if estimate.figure is not None:
            n_decimals = figures.interval_decimals(estimate.figure.ci_low, estimate.figure.ci_high)
            decimals.setdefault(estimate.policy, n_decimals)
    return decimals


def headlines(
    week: Week, weekly: Iterable[Estimate], *, policy_titles: Mapping[str, str], decimals: Mapping[str, int]
) -> Sequence[Headline]:
    """Return a card for every policy, in the order of the titles; a policy without an estimate has one that says so.

    Args:
        week: the headline week.
        weekly: the weekly estimates over everything by the published estimator, one per policy and week.
        policy_titles: policy id to title.
        decimals: policy id to decimals of its percentages.

    """
    by_key = {(estimate.policy, estimate.anchor): estimate for estimate in weekly}
    return [
        _headline(
            by_key.get((policy, week.monday)),
            by_key.get((policy, week.monday_before)),
            title=title,
            decimals=decimals.get(policy, figures.LEAST_DECIMALS),
        )
        for policy, title in policy_titles.items()
    ]


def _headline(now: Estimate | None, before: Estimate | None, *, title: str, decimals: int) -> Headline:
    if now is None:
        return Headline(title, state="–", remark=NO_ESTIMATE)
    labels = figures.label_counts(now.n_labels)
    if now.figure is None:
        return Headline(title, state="held", remark=figures.reasons_text(now.hold_reasons), labels=labels)
    return Headline(
        title,
        prevalence=figures.percent(now.figure.prevalence, decimals=decimals),
        interval=figures.percent_interval(now.figure.ci_low, now.figure.ci_high, decimals=decimals),
        change="" if before is None else _change_text(now.figure, before.figure, decimals=decimals),
        labels=labels,
    )


def _change_text(now: Figure, before: Figure | None, *, decimals: int) -> str:
    if before is None:
        return "The week before is held, so no change is shown."
    change = change_between(now, before)
    points, low, high = (
        figures.signed_points(value, decimals=decimals) for value in (change.difference, change.low, change.high)
    )
    verdict = "more than sampling error" if change.is_beyond_error else "within sampling error"
    earlier = figures.percent(before.prevalence, decimals=decimals).replace(" ", "\N{NO-BREAK SPACE}")
    return f"{points} points ({low} to {high}) against {earlier} the week before: {verdict}."
