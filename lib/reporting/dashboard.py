"""The offline dashboard: one HTML file without scripts or external resources."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from datetime import UTC
from typing import Final

from markupsafe import Markup

from lib.reporting import estimate_sections, figures, headline_week, sample_sections, tables
from lib.reporting.dashboard_data import DashboardData
from lib.reporting.estimates import Estimate, one_per_key, read_estimates
from lib.reporting.templating import environment, page_style

HEADLINE_MEASURE: Final = "units"
ESTIMATOR_MEANINGS: Final = {
    "horvitz_thompson": "each labelled unit stands for as many units as its chance of being sampled says",
    "hajek": "the weighted share of violating units among the labelled ones",
    "difference": "the model's scores over the whole population, corrected by the labels",
    "regression": "the labels, sharpened by the model's scores over the whole population as far as the two agree",
}


def render_dashboard(data: DashboardData) -> str:
    """Return the page as one self-contained HTML document.

    Args:
        data: what to show; the page says so where a table is empty.

    Returns:
        HTML that opens offline. Its content security policy forbids scripts and requests; a figure that is not
        released is nowhere in it.

    """
    titles = shown_titles(data)
    page = environment().get_template("dashboard.html.jinja")
    return page.render(
        **page_style(),
        data=data,
        generated_at=f"{figures.day(data.generated_at.astimezone(UTC))}, {data.generated_at.astimezone(UTC):%H:%M} UTC",
        level=figures.level(data.confidence_level),
        estimator_name=figures.plain_words(data.published_estimator),
        estimator_meaning=ESTIMATOR_MEANINGS.get(data.published_estimator, ""),
        is_simulated=is_simulated(data),
        **_estimates_context(data, titles),
    )


def shown_titles(data: DashboardData) -> dict[str, str]:
    """Every policy of the data with its title: the titled ones first; equal titles are told apart by the id."""
    found = {str(policy) for policy in (*data.prevalence["policy"], *data.positives["policy"])}
    titles = dict(data.policy_titles) | {policy: policy for policy in sorted(found.difference(data.policy_titles))}
    n_uses = Counter(titles.values())
    return {policy: title if n_uses[title] == 1 else f"{title} ({policy})" for policy, title in titles.items()}


def is_simulated(data: DashboardData) -> bool:
    """Whether any label behind the page is simulated, by the list of sources or by any estimate."""
    sources = {str(source) for source in data.label_sources["label_source"]}
    return sample_sections.SIMULATED in sources.union(*(e.label_sources for e in read_estimates(data.prevalence)))


def _estimates_context(data: DashboardData, titles: Mapping[str, str]) -> dict[str, object]:
    """Return what the template needs about estimates, and about the sample of the same week."""
    recorded = read_estimates(data.prevalence)
    estimates = one_per_key(recorded)
    published = [e for e in estimates if (e.estimator, e.measure) == (data.published_estimator, HEADLINE_MEASURE)]
    weekly = [e for e in published if e.period == "week" and e.segment == "all"]
    daily = [e for e in published if e.period == "day" and e.segment == "all"]
    week = headline_week.latest_week(weekly)
    in_week = [e for e in estimates if week is not None and e.period == "week" and e.anchor == week.monday]
    published_in_week = [e for e in in_week if (e.estimator, e.measure) == (data.published_estimator, HEADLINE_MEASURE)]
    headline_estimates = [e for e in published_in_week if e.segment == "all"]
    decimals = headline_week.decimals_by_policy([*headline_estimates, *daily])
    return {
        "week": week,
        "days": "" if week is None else figures.day_range(week.first_day, week.last_day),
        "n_hidden": len(recorded) - len(estimates),
        "release_ids": sorted({e.release_id for e in headline_estimates if e.release_id}),
        "headlines": headline_week.headlines(week, weekly, policy_titles=titles, decimals=decimals) if week else [],
        "trends": estimate_sections.trend_figures(daily, policy_titles=titles, decimals=decimals),
        "surfaces": estimate_sections.surface_figures(published_in_week, policy_titles=titles, decimals=decimals),
        "measures": _measures(in_week, data=data, titles=titles, decimals=decimals),
        "estimators": _estimators(in_week, data=data, titles=titles, decimals=decimals),
        **_sample_context(data, week=week, shown={e.policy for e in headline_estimates if e.figure}, titles=titles),
    }


def _measures(
    in_week: Sequence[Estimate], *, data: DashboardData, titles: Mapping[str, str], decimals: Mapping[str, int]
) -> Markup | None:
    chosen = [e for e in in_week if e.segment == "all" and e.estimator == data.published_estimator]
    if not chosen:
        return None
    caption = "Prevalence by what is counted"
    return tables.render_table(tables.measures_table(chosen, caption=caption, policy_titles=titles, decimals=decimals))


def _estimators(
    in_week: Sequence[Estimate], *, data: DashboardData, titles: Mapping[str, str], decimals: Mapping[str, int]
) -> Markup | None:
    chosen = [e for e in in_week if e.segment == "all" and e.measure == HEADLINE_MEASURE]
    if not chosen:
        return None
    order = list(titles)
    table = tables.estimators_table(
        sorted(chosen, key=lambda e: (order.index(e.policy), e.estimator != data.published_estimator, e.estimator)),
        caption="Prevalence by estimator",
        published=data.published_estimator,
        policy_titles=titles,
        decimals=decimals,
    )
    return tables.render_table(table)


def _sample_context(
    data: DashboardData, *, week: headline_week.Week | None, shown: Set[str], titles: Mapping[str, str]
) -> dict[str, object]:
    """Return the sections on the sample; `shown` are the policies whose headline number of the week is released."""
    # positives over labelled units would tell a held number as well as the number itself
    positives = data.positives[data.positives["policy"].isin(shown)]
    days = None if week is None else (week.first_day, week.last_day)
    runs = sample_sections.scorer_runs(data.scorers)
    return {
        "funnel": sample_sections.funnel_of(
            sample_sections.within(data.funnel, days),
            sample_sections.within(positives, days),
            policy_titles=titles,
        ),
        "scorers": sample_sections.scorer_table(runs) if runs else None,
        "days_without_scorer": sample_sections.days_without_scorer(runs),
        "label_sources": sample_sections.label_source_table(data.label_sources),
        "row_account": sample_sections.row_account_of(data.row_account),
    }
