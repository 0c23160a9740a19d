"""What the monitoring calls for: alerts that are open, and those that were closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.estimates import EVERYTHING
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table


@dataclass(frozen=True)
class AlertSection:
    """The alerts as a table (None if there are none), and how many are open."""

    table: Markup | None
    n_open: int


def alerts_of(context: PageContext) -> AlertSection | None:
    """Return the section; None if nothing is monitored."""
    alerts = context.data.alerts
    if alerts is None:
        return None
    is_open = alerts["closed_at"].isna()
    if alerts.empty:
        return AlertSection(None, 0)
    in_order = alerts.assign(is_open=is_open).sort_values(["is_open", "opened_at"], ascending=False)
    records = in_order.to_dict("records")
    headers = [Header("Since"), Header("Policy"), Header("Where"), Header("What"), Header("Evidence"), Header("State")]
    rows = [_cells(row, context) for row in records]
    table = Table("Alerts, open ones first", headers, rows, policies=[str(row["policy"]) for row in records])
    return AlertSection(tables.render_table(table), int(is_open.sum()))


def _cells(row: Mapping[Any, Any], context: PageContext) -> list[Cell]:
    where = "everywhere" if row["segment"] == EVERYTHING else f"{row['segment']} {row['segment_value']}"
    return [
        Cell(figures.day(row["opened_at"]), "name"),
        Cell(context.titles.get(row["policy"], str(row["policy"]))),
        Cell(where),
        Cell(figures.plain_words(str(row["kind"]))),
        Cell(str(row["evidence"])),
        Cell(_state(row), "alarm" if row["is_open"] and pd.isna(row["acknowledged_by"]) else "text"),
    ]


def _state(row: Mapping[Any, Any]) -> str:
    if not row["is_open"]:
        return f"closed on {figures.day(row['closed_at'])}"
    return "open" if pd.isna(row["acknowledged_by"]) else f"open, taken by {row['acknowledged_by']}"
