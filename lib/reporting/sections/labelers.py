"""How good the labelers are, against those who judged a part of their work again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.charts.interval_strip import strip_of
from lib.reporting.estimates import Figure
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table

RUNG_TITLES: Final[Mapping[str, str]] = {"llm": "LLM", "human": "people", "gold": "experts"}
_REFERENCE_TITLES: Final[Mapping[str, str]] = {
    "human": "people",
    "gold": "experts",
    "second_review": "a second reviewer",
    "canary": "hidden golden items",
    "anchor": "pinned golden items",
}
_NOTHING: Final = Cell("–", "number")


@dataclass(frozen=True)
class LabelerSection:
    """The table, the days it speaks of, and the policies of which only part is shown because their number is held."""

    table: Markup
    days: str
    cut_policies: Sequence[str]
    drifting: Sequence[str]


def labelers_of(context: PageContext) -> LabelerSection | None:
    """Return how good the verdicts that count are; None if they were never measured.

    Sensitivity and specificity belong to the labeler. Precision, agreement beyond chance and counts of violations
    depend on how much there is to find: with the other two they give the prevalence, so they are shown only of policies
    whose headline number is.
    """
    quality = context.data.labeler_quality
    if quality is None or quality.empty:
        return None
    order = list(context.titles)
    rows = sorted(
        quality.to_dict("records"),
        key=lambda row: (order.index(row["policy"]) if row["policy"] in order else len(order), row["rung"]),
    )
    headers = [
        Header("Policy"),
        Header("Judge, and against whom"),
        Header("Finds of the violations"),
        Header("Clears of the rest", is_number=True),
        Header("Right if it says violating", is_number=True),
        Header("Agreement (κ)", is_number=True),
        Header("Units compared", is_number=True),
    ]
    table = Table(
        f"Labelers, {_days(rows)}",
        headers,
        [_cells(row, context) for row in rows],
        policies=[str(row["policy"]) for row in rows],
    )
    shown = {str(row["policy"]) for row in rows}
    cut = [title for policy, title in context.titles.items() if policy in shown - context.released_policies]
    drifting = [context.titles.get(row["policy"], row["policy"]) for row in rows if row["is_drifting"] is True]
    return LabelerSection(tables.render_table(table), _days(rows), cut, list(dict.fromkeys(drifting)))


def _cells(row: Mapping[Any, Any], context: PageContext) -> list[Cell]:
    policy = str(row["policy"])
    judge = RUNG_TITLES.get(row["rung"], str(row["rung"]))
    reference = _REFERENCE_TITLES.get(row["reference"], str(row["reference"]))
    is_released = policy in context.released_policies
    return [
        Cell(context.titles.get(policy, policy), "name"),
        Cell(f"{judge}, against {reference}"),
        _rate(row, "sensitivity", has_strip=True),
        _rate(row, "specificity", decimals=1),
        _rate(row, "precision") if is_released else _NOTHING,
        _agreement(row) if is_released else _NOTHING,
        Cell(figures.count(row["n"]), "number", detail=_found(row) if is_released else ""),
    ]


def _rate(row: Mapping[Any, Any], name: str, *, decimals: int = 0, has_strip: bool = False) -> Cell:
    values = [row[name], row[f"{name}_ci_low"], row[f"{name}_ci_high"]]
    if any(pd.isna(value) for value in values):
        return Cell("not known", "number")
    share, low, high = (float(value) for value in values)
    return Cell(
        figures.percent(share, decimals=decimals),
        "number",
        strip=strip_of(Figure(share, low, high), top=1.0) if has_strip else None,
        detail=figures.percent_interval(low, high, decimals=decimals),
    )


def _agreement(row: Mapping[Any, Any]) -> Cell:
    values = [row["kappa"], row["kappa_ci_low"], row["kappa_ci_high"]]
    if any(pd.isna(value) for value in values):
        return Cell("not known", "number")
    kappa, low, high = (figures.fixed(float(value), decimals=2) for value in values)
    return Cell(kappa, "number", detail=f"{low}–{high}")


def _found(row: Mapping[Any, Any]) -> str:
    return f"{figures.count(row['n_positive'])} violating"


def _days(rows: Sequence[Mapping[Any, Any]]) -> str:
    first, last = min(row["window_start"] for row in rows), max(row["window_end"] for row in rows)
    return figures.day_range(first.date(), last.date())
