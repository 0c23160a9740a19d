"""Was the error what the plan had promised: realised standard errors over the expected ones, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.charts.scale import coordinate
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table
from schemas.plan_checks import STATUSES

SCALE_TOP: Final = 3.0
"""Where the scale of ratios ends; what lies beyond is drawn at its end and said in the text."""
_KIND_TITLES: Final[Mapping[str, str]] = {
    "realised_error": "Error against the plan",
    "validation_arm": "Sample against its own part drawn without the model",
}


@dataclass(frozen=True)
class PlanSection:
    """Ratios by policy, and what the checks of the plan said; either may be missing."""

    ratios: Markup | None
    checks: Markup | None
    n_days_not_shown: int


def plan_section(context: PageContext) -> PlanSection | None:
    """Return the section; None if no sample was planned and none was checked."""
    if context.data.planned_errors is None and context.data.plan_checks is None:
        return None
    ratios, n_hidden = _ratio_table(context)
    return PlanSection(ratios, _check_table(context), n_hidden)


def _ratio_table(context: PageContext) -> tuple[Markup | None, int]:
    """Realised errors are those of released daily numbers: that of a held one would tell the number."""
    planned = context.data.planned_errors
    if planned is None or planned.empty:
        return None, 0
    realised = {(e.policy, e.first_day): e.figure for e in context.headline_series if e.period == "day"}
    of_measure = planned[planned["measure"] == context.measure].sort_values("ds")
    ratios: dict[str, list[float]] = {}
    n_hidden = 0
    for row in of_measure.to_dict("records"):
        figure = realised.get((row["policy"], row["ds"].date()))
        expected = float(row["planned_std_error"])
        if figure is None or figure.std_error is None or not expected > 0:
            n_hidden += 1
            continue
        ratios.setdefault(str(row["policy"]), []).append(figure.std_error / expected)
    shown = [policy for policy in context.titles if policy in ratios]
    if not shown:
        return None, n_hidden
    headers = [
        Header("Policy"),
        Header(f"A dot a day, from 0 to {SCALE_TOP:g}; the line is 1, as planned"),
        Header("Middle day", is_number=True),
        Header("Days", is_number=True),
    ]
    rows = [_ratio_row(context.titles[policy], ratios[policy]) for policy in shown]
    return tables.render_table(Table("Realised over planned error", headers, rows, policies=shown)), n_hidden


def _ratio_row(title: str, ratios: Sequence[float]) -> list[Cell]:
    dots = [f"{coordinate(100 * min(ratio, SCALE_TOP) / SCALE_TOP)}%" for ratio in ratios]
    beyond = sum(ratio > SCALE_TOP for ratio in ratios)
    text = f"{beyond} beyond the scale" if beyond else ""
    return [
        Cell(title, "name"),
        Cell(text, dots=[f"{coordinate(100 / SCALE_TOP)}%", *dots]),
        Cell(f"{figures.fixed(median(ratios), decimals=2)} ×", "number"),
        Cell(figures.count(len(ratios)), "number"),
    ]


def _check_table(context: PageContext) -> Markup | None:
    checks = context.data.plan_checks
    if checks is None or checks.empty:
        return None
    last = checks[checks["period_end"] == checks["period_end"].max()]
    records = [row for row in last.to_dict("records") if row["measure"] == context.measure]
    if not records:
        return None
    order = list(context.titles)
    records.sort(key=lambda row: (order.index(row["policy"]) if row["policy"] in order else len(order), row["kind"]))
    headers = [Header("Policy"), Header("Check"), Header("Period"), Header("Answer")]
    rows = [_check_row(row, context) for row in records]
    table = Table("Plan and result", headers, rows, policies=[str(row["policy"]) for row in records])
    return tables.render_table(table)


def _check_row(row: Mapping[Any, Any], context: PageContext) -> list[Cell]:
    status = str(row["status"])
    said = STATUSES.get(status, figures.plain_words(status))
    if status == "not_checked" and isinstance(row["reason"], str):
        said = f"not checked: {row['reason']}"
    is_alarm = status not in ("as_planned", "not_checked")
    days = figures.day_range(pd.Timestamp(row["period_start"]).date(), pd.Timestamp(row["period_end"]).date())
    return [
        Cell(context.titles.get(row["policy"], str(row["policy"])), "name"),
        Cell(_KIND_TITLES.get(str(row["kind"]), figures.plain_words(str(row["kind"])))),
        Cell(f"{row['period']} {days}"),
        Cell(said, "alarm" if is_alarm else "text"),
    ]
