"""The offline dashboard: one HTML file that needs no network."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from types import SimpleNamespace
from typing import Any, Final

from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.breaks import changed_days
from lib.reporting.charts.interval_strip import Strip
from lib.reporting.charts.trend import Trend
from lib.reporting.dashboard_data import DashboardData
from lib.reporting.embedded_numbers import embedded_numbers
from lib.reporting.estimates import EVERYTHING, UNIT
from lib.reporting.page_context import PageContext
from lib.reporting.sections import corrections, costs, data_checks, gates, labelers, plan_errors, sampling
from lib.reporting.sections.alerts import alerts_of
from lib.reporting.sections.breakdowns import breakdowns_of
from lib.reporting.sections.components import component_forests
from lib.reporting.sections.direction_words import MARK
from lib.reporting.sections.directions import directions_of
from lib.reporting.sections.forest import ForestRow
from lib.reporting.sections.measures import measure_forests
from lib.reporting.sections.scoreboard import SPARK_PERIODS, ScoreRow, scoreboard_of
from lib.reporting.sections.trends import SeriesRow, trend_figures
from lib.reporting.templating import environment, page_script, page_style

ESTIMATOR_MEANINGS: Final = {
    "horvitz_thompson": "each labelled unit stands for as many units as its chance of being sampled says",
    "hajek": "the weighted share of violating units among the labelled ones",
    "difference": "the model's scores over the whole population, corrected by the labels",
    "regression": "the labels, sharpened by the model's scores over the whole population as far as the two agree",
}
_EMPTY_TREND: Final = Trend("", "", "", "", "", "", "", (), (), (), ())
_EMPTY_STRIP: Final = Strip("0%", "0%", "0%", "0%", is_beyond=True)
# What the script fills: the same parts as the page shows at first, with nothing in them.
_BLANK: Final[Mapping[str, Any]] = {
    "score": ScoreRow("", "", "none", "", "", "", ""),
    "trend": SimpleNamespace(policy="", title="", label="", readout="", trend=_EMPTY_TREND, rows=()),
    "series": SeriesRow(""),
    "forest": ForestRow("", "", ""),
    "table": SimpleNamespace(policy="", title="", top_label="", rows=(), folded=()),
    "strip": _EMPTY_STRIP,
    "paths": _EMPTY_TREND,
}


def render_dashboard(data: DashboardData) -> str:
    """Return the page as one self-contained HTML document.

    Args:
        data: what to show; the page says so where a table is empty.

    Returns:
        HTML that opens offline. Its content security policy forbids requests, and every style and script but its own,
        which it knows by their hashes. A figure that is not shown is nowhere in it.

    """
    context = PageContext(data)
    page = environment().get_template("dashboard.html.jinja")
    return page.render(
        **page_style(),
        **page_script(),
        data=data,
        blank=_BLANK,
        generated_at=f"{figures.day(data.generated_at.astimezone(UTC))}, {data.generated_at.astimezone(UTC):%H:%M} UTC",
        level=context.level,
        estimator_name=figures.plain_words(data.published_estimator),
        estimator_meaning=ESTIMATOR_MEANINGS.get(data.published_estimator, ""),
        is_simulated=is_simulated(context),
        minimum_segment_labels=data.minimum_segment_labels,
        numbers=embedded_numbers(context),
        **_figures(context),
        **_evidence(context),
    )


def is_simulated(context: PageContext) -> bool:
    """Whether any label behind the page is simulated, by the list of sources or by any estimate."""
    sources = {str(source) for source in context.data.label_sources["label_source"]}
    return costs.SIMULATED in sources.union(*(n.estimate.label_sources for n in context.numbers.all))


def _figures(context: PageContext) -> dict[str, object]:
    """Return what the template needs about the figures themselves."""
    kind = context.trend_period
    breakdowns = breakdowns_of(context)
    return {
        "week": context.week,
        "days": context.days,
        "measure": context.measure,
        "caption": f"Share of {context.measure}, everywhere, {context.days}.",
        "scoreboard": scoreboard_of(context),
        "spark_note": f"the last {SPARK_PERIODS[kind]} {kind}s",
        "alerts": alerts_of(context),
        "trends": trend_figures(context),
        "directions": directions_of(context),
        "direction_mark": MARK,
        "trend_note": f"Share of {context.measure}, everywhere, by {kind}.",
        "scorer_days": changed_days(context.numbers.breaks, "scorer"),
        "breakdowns": breakdowns,
        "measures": measure_forests(context),
        "components": component_forests(context),
        "n_hidden": context.numbers.n_hidden,
        "reach": reach_of(context),
        "release_ids": _release_ids(context),
        "contents": _contents(context, [(item.segment, f"By {item.title}") for item in breakdowns]),
    }


def _evidence(context: PageContext) -> dict[str, object]:
    """Return what the template needs about the evidence behind the figures."""
    runs = sampling.scorer_runs(context.data.scorers)
    return {
        "gates": gates.gates_of(context),
        "labelers": labelers.labelers_of(context),
        "estimators": _estimators(context),
        "plan": plan_errors.plan_section(context),
        "restatements": corrections.restatements_table(context),
        "breaks": corrections.breaks_section(context),
        "checks": data_checks.data_checks_of(context),
        "funnel": sampling.funnel_of(context),
        "scorers": sampling.scorer_table(runs) if runs else None,
        "days_without_scorer": sampling.days_without_scorer(runs),
        "label_sources": costs.label_source_table(context),
        "costs": costs.costs_of(context),
        "row_account": sampling.row_account_of(context.data.row_account),
    }


def reach_of(context: PageContext) -> str:
    """Say which days, weeks and estimates are in the file."""
    counts = {
        kind: len({estimate.anchor for estimate in context.headline_series if estimate.period == kind})
        for kind in ("day", "week", "quarter")
    }
    return f"In this file: {counts['day']} days, {counts['week']} weeks and {counts['quarter']} quarters."


def _estimators(context: PageContext) -> Markup | None:
    if context.week is None:
        return None
    chosen = context.numbers.estimates(
        period="week", anchor=context.week.monday, segment=EVERYTHING, measure=context.measure, component=UNIT
    )
    if not chosen:
        return None
    order, published = list(context.titles), context.data.published_estimator
    table = tables.estimators_table(
        sorted(chosen, key=lambda e: (order.index(e.policy), e.estimator != published, e.estimator)),
        caption=f"Share of {context.measure} by estimator, {context.days}",
        published=published,
        policy_titles=context.titles,
        decimals=context.decimals,
    )
    return tables.render_table(table)


def _release_ids(context: PageContext) -> list[str]:
    if context.week is None:
        return []
    week = [e for e in context.headline_series if e.period == "week" and e.anchor == context.week.monday]
    return sorted({estimate.release_id for estimate in week if estimate.release_id})


def _contents(context: PageContext, breakdowns: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    """Return the sections of the page by group, in the order of the page."""
    alerts = [("alerts", "Alerts")] if context.data.alerts is not None else []
    directions = [("directions", "Scores")] if context.data.directional_index is not None else []
    certificate = [("certificate", "Certificate")] if context.data.certificate else []
    groups = {
        "The figures": [
            ("headlines", "At a glance"), *alerts, ("trend", "Trend"), *directions, *breakdowns,
            ("measures", "Views and units"), ("components", "Where the harm sits"),
        ],
        "Can I trust them": [
            ("gates", "Gates"), ("labelers", "Labelers"), ("estimators", "Estimators"), ("errors", "Error"),
            ("corrections", "Corrections"), ("breaks", "Changes"), ("checks", "Data checks"),
        ],
        "How they are made": [
            ("funnel", "Sample and labels"), ("scorers", "Scorer"), ("labels", "Who judged"), ("costs", "Cost"),
            ("account", "Row account"), *certificate, ("method", "Method"), ("downloads", "Downloads"),
        ],
    }  # fmt: skip
    return [
        {"title": title, "items": [{"id": name, "title": text} for name, text in items]}
        for title, items in groups.items()
    ]
