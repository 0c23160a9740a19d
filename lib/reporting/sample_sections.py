"""How the figures came about: the sample's funnel, scorers, label sources and the row account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.charts import funnel_chart
from lib.reporting.shown_text import chart_names
from lib.reporting.svg import inline_svg

EXPOSURE_ONLY: Final = "exposure_only"
SIMULATED: Final = "simulated"

_STAGES: Final = {
    "population_size": "Population",
    "sample_size": "Sampled",
    "n_labelled": "Labelled",
    "n_audited": "Audited",
}
_RULE_TITLES: Final = {"score_and_exposure": "exposure and score", EXPOSURE_ONLY: "exposure alone"}


@dataclass(frozen=True)
class Funnel:
    """The way from the population to the positives, as a chart and by stratum."""

    chart: Markup
    table: Markup


def within(frame: pd.DataFrame, days: tuple[date, date] | None) -> pd.DataFrame:
    """Return the rows with `ds` from the first to the last of `days`; all rows if there are no days to choose."""
    if days is None:
        return frame
    first, last = (pd.Timestamp(day) for day in days)
    return frame[frame["ds"].between(first, last)]


def funnel_of(funnel: pd.DataFrame, positives: pd.DataFrame, *, policy_titles: Mapping[str, str]) -> Funnel | None:
    """Units from the population to the positives of every policy; None if there is no population.

    Args:
        funnel: `DashboardData.funnel` of the days shown.
        positives: `DashboardData.positives` of the same days.
        policy_titles: policy id to title, in order.

    """
    if funnel.empty:
        return None
    n_positive = {str(policy): rows["n_positive"].sum() for policy, rows in positives.groupby("policy")}
    stages = [(title, int(funnel[column].sum())) for column, title in _STAGES.items()]
    stages += [(f"Positive: {title}", int(n_positive[p])) for p, title in policy_titles.items() if p in n_positive]
    frame = pd.DataFrame({"stage": chart_names(stage for stage, _ in stages), "n_units": [n for _, n in stages]})
    frame["description"] = [f"{stage}: {figures.count(n)} units" for stage, n in frame.itertuples(index=False)]
    by_stratum = funnel.groupby("stratum", as_index=False)[list(_STAGES)].sum()
    table = tables.counts_table(
        by_stratum, caption="Units by stratum", name="stratum", titles={"stratum": "Stratum", **_STAGES}
    )
    return Funnel(inline_svg(funnel_chart(frame), label="Units at every stage"), tables.render_table(table))


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


def label_source_table(label_sources: pd.DataFrame) -> Markup | None:
    """Who gave how many labels; None if there are no labels."""
    if label_sources.empty:
        return None
    is_simulated = label_sources["label_source"] == SIMULATED
    shown = label_sources.assign(
        label_source=label_sources["label_source"].mask(is_simulated, "simulated (not real labels)")
    )
    titles = {
        "labeler_id": "Labeler",
        "rung": "Rung",
        "label_source": "Kind",
        "prompt_version": "Prompt version",
        "n_labels": "Labels",
    }
    table = tables.listing_table(shown, caption="Labels by labeler", titles=titles, counts=("n_labels",))
    return tables.render_table(table)


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
