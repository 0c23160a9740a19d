"""Whether the tables passed their checks, by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table

MOST_DAYS: Final = 7


@dataclass(frozen=True)
class CheckSection:
    """The latest days as a table, what did not pass in sentences, and how many checks ran in all."""

    table: Markup
    faults: Sequence[str]
    n_checks: str
    has_failed: bool


def data_checks_of(context: PageContext) -> CheckSection | None:
    """Return the checks of the last days that were checked; None if no check ran."""
    checks = context.data.data_checks
    if checks is None or checks.empty:
        return None
    days = sorted(checks["ds"].unique())[-MOST_DAYS:]
    recent = checks[checks["ds"].isin(days)]
    by_place = {(row["ds"], row["table_name"]): row for row in recent.to_dict("records")}
    headers = [Header("Table"), *(Header(figures.day(pd.Timestamp(day))) for day in days)]
    rows = [
        [Cell(str(table), "name"), *(_cell(by_place.get((pd.Timestamp(day), table))) for day in days)]
        for table in sorted(recent["table_name"].unique())
    ]
    faults = [
        f"{figures.day(row['ds'])}, {row['table_name']}: {', '.join(str(name) for name in row['failed_names'])}"
        for row in recent.sort_values(["ds", "table_name"], ascending=[False, True]).to_dict("records")
        if row["n_failed"] or row["n_warned"]
    ]
    return CheckSection(
        tables.render_table(Table("Data checks by table and day", headers, rows)),
        faults,
        figures.count(recent["n_checks"].sum()),
        has_failed=bool(recent["n_failed"].sum()),
    )


def _cell(row: Mapping[Any, Any] | None) -> Cell:
    if row is None:
        return Cell("–")
    n_passed = row["n_checks"] - row["n_failed"] - row["n_warned"]
    said = [f"{row['n_failed']} failed"] if row["n_failed"] else []
    said += [f"{row['n_warned']} warned"] if row["n_warned"] else []
    if not said:
        return Cell(f"{n_passed} passed", "good")
    return Cell(", ".join([*said, f"{n_passed} passed"]), "alarm" if row["n_failed"] else "held")
