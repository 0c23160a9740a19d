"""How the figures came about: the sample's funnel, scorers, and the row account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.page_context import PageContext

EXPOSURE_ONLY: Final = "exposure_only"

_STAGES: Final = {
    "population_size": "Population",
    "sample_size": "Sampled",
    "n_labelled": "Labelled",
    "n_audited": "Judged again",
}
_RULE_TITLES: Final = {"score_and_exposure": "exposure and score", EXPOSURE_ONLY: "exposure alone"}


@dataclass(frozen=True)
class Stage:
    """A stage of the funnel: how many units came so far, and which part of the stage before that is."""

    title: str
    n_units: str
    of_before: str


@dataclass(frozen=True)
class Funnel:
    """The way from the population to the labels, what was found, and the same by stratum."""

    stages: Sequence[Stage]
    positives: Markup | None
    by_stratum: Markup


def within(frame: pd.DataFrame, days: tuple[date, date] | None) -> pd.DataFrame:
    """Return the rows with `ds` from the first to the last of `days`; all rows if there are no days to choose."""
    if days is None:
        return frame
    first, last = (pd.Timestamp(day) for day in days)
    return frame[frame["ds"].between(first, last)]


def funnel_of(context: PageContext) -> Funnel | None:
    """Return the units of the headline week from the population to the labels; None if there is no population."""
    funnel = within(context.data.funnel, context.week_days)
    if funnel.empty:
        return None
    counts = {column: int(funnel[column].sum()) for column in _STAGES}
    stages, before = [], 0
    for column, title in _STAGES.items():
        stages.append(Stage(title, figures.count(counts[column]), _part(counts[column], before)))
        before = counts[column]
    by_stratum = funnel.groupby("stratum", as_index=False)[list(_STAGES)].sum()
    table = tables.counts_table(
        by_stratum, caption="Units by stratum", name="stratum", titles={"stratum": "Stratum", **_STAGES}
    )
    return Funnel(stages, _positives(context), tables.render_table(table))


def _positives(context: PageContext) -> Markup | None:
    """Units found violating by the first judge, of policies whose headline number is shown.

    Over the labelled units they would tell a held number as well as the number itself.
    """
    positives = within(context.data.positives, context.week_days)
    counts = {str(policy): int(rows["n_positive"].sum()) for policy, rows in positives.groupby("policy")}
    shown = [policy for policy in context.titles if policy in counts and policy in context.released_policies]
    if not shown:
        return None
    frame = pd.DataFrame({"policy": [context.titles[p] for p in shown], "n": [counts[p] for p in shown]})
    titles = {"policy": "Policy", "n": "Violating by the first judge"}
    table = tables.listing_table(frame, caption="Violations found in the sample", titles=titles, counts=("n",))
    return tables.render_table(tables.of_policies(table, shown))


def _part(n: int, of: int) -> str:
    """Return a part in words; of a population, one in how many."""
    if not (of and n):
        return ""
    share = n / of
    return f"{figures.one_in(share).removeprefix('about ')}" if share < 0.2 else figures.percent(share, decimals=1)


@dataclass(frozen=True)
class RowAccount:
    """What became of every row, by log over all days and day by day."""

    by_log: Markup
    by_day: Markup
    is_balanced: bool


@dataclass(frozen=True)
class ScorerRun:
    """Days on end that were sampled with the same scorer by the same rule."""

    first_day: date
    last_day: date
    scorer_version: str
    size_measure_rule: str

    @property
    def days(self) -> str:
        """Its days as text."""
        return figures.day_range(self.first_day, self.last_day)


def scorer_runs(scorers: pd.DataFrame) -> list[ScorerRun]:
    """Return the rows of `DashboardData.scorers` with equal neighbours joined, in time order."""
    runs: list[ScorerRun] = []
    rows = scorers.sort_values("ds")
    for ds, version, rule in zip(rows["ds"], rows["scorer_version"], rows["size_measure_rule"], strict=True):
        first_day = ds.date()
        if runs and (runs[-1].scorer_version, runs[-1].size_measure_rule) == (version, rule):
            first_day = runs.pop().first_day
        runs.append(ScorerRun(first_day, ds.date(), str(version), str(rule)))
    return runs


def days_without_scorer(runs: list[ScorerRun]) -> list[str]:
    """Return the days sampled by exposure alone."""
    return [run.days for run in runs if run.size_measure_rule == EXPOSURE_ONLY]


def scorer_table(runs: list[ScorerRun]) -> Markup:
    """Which scorer and which size measure stood behind the sample."""
    frame = pd.DataFrame(
        {
            "days": [run.days for run in runs],
            "scorer": [run.scorer_version for run in runs],
            "rule": [_RULE_TITLES.get(run.size_measure_rule, run.size_measure_rule) for run in runs],
        }
    )
    titles = {"days": "Days", "scorer": "Scorer", "rule": "Chance of being sampled grows with"}
    return tables.render_table(tables.listing_table(frame, caption="Scorer and size measure by day", titles=titles))


def row_account_of(account: pd.DataFrame) -> RowAccount | None:
    """Return the account as tables; None if there is none."""
    if account.empty:
        return None
    rest = account[["rows_used", "rows_duplicate", "rows_quarantined"]].sum(axis=1)
    daily = account.assign(is_unbalanced=account["rows_in"] != rest).sort_values(["ds", "source"])
    total = daily.groupby("source", as_index=False)[[*tables.ROW_COUNTS, "is_unbalanced"]].sum()
    daily = daily.assign(source=[f"{figures.day(ds)}, {s}" for ds, s in zip(daily["ds"], daily["source"], strict=True)])
    days = figures.day_range(account["ds"].min(), account["ds"].max())
    return RowAccount(
        tables.render_table(tables.row_account_table(total, caption=f"Rows by log, {days}")),
        tables.render_table(tables.row_account_table(daily, caption="Rows by day and log")),
        is_balanced=not daily["is_unbalanced"].any(),
    )
