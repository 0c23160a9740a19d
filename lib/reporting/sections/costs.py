"""Who gave how many labels, what they cost, and what more precision would."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.page_context import PageContext
from lib.reporting.sections.labelers import RUNG_TITLES
from lib.reporting.tables import Cell, Header, Table
from lib.reporting.trust import half_width
from schemas.labels import RUNGS as RUNG_ORDER

SIMULATED: Final = "simulated"


@dataclass(frozen=True)
class CostSection:
    """The week's labels with their prices, and what one point of precision costs; None where prices are not known."""

    table: Markup
    precision: Markup | None
    total: str
    is_configured: bool
    n_without_price: str


def label_source_table(context: PageContext) -> Markup | None:
    """Return who gave how many labels on all days of the page; None if there are no labels."""
    sources = context.data.label_sources
    if sources.empty:
        return None
    names = ["rung", "labeler_id", "label_source", "prompt_version"]
    shown = sources.groupby(names, as_index=False, dropna=False)["n_labels"].sum()
    shown = shown.assign(
        rung=shown["rung"].map(lambda rung: RUNG_TITLES.get(rung, rung)),
        label_source=shown["label_source"].mask(shown["label_source"] == SIMULATED, "simulated (not real labels)"),
    )
    titles = {
        "labeler_id": "Labeler",
        "rung": "Judge",
        "label_source": "Kind",
        "prompt_version": "Prompt version",
        "n_labels": "Verdicts",
    }
    return tables.render_table(
        tables.listing_table(shown, caption="Verdicts by labeler", titles=titles, counts=("n_labels",))
    )


def costs_of(context: PageContext) -> CostSection | None:
    """Return the costs of the headline week's labels; None if there are no labels of that week."""
    sources = context.data.label_sources
    if context.week is None or sources.empty:
        return None
    week = sources[sources["week"] == pd.Timestamp(context.week.monday)]
    if week.empty:
        return None
    records = [_priced(row, context.data.unit_prices) for row in week.to_dict("records")]
    records.sort(key=lambda row: (_place(row["rung"]), row["labeler_id"]))
    known = [row["price"] for row in records if row["price"] is not None]
    total = sum(known) if known else None
    n_without = sum(int(row["n_labels"]) for row in records if row["price"] is None)
    return CostSection(
        table=tables.render_table(_cost_table(records, context)),
        precision=None if total is None or n_without else _precision_table(total, context),
        total="" if total is None else _money(total, context),
        is_configured=any(row["is_configured"] for row in records),
        n_without_price=figures.count(n_without) if n_without else "",
    )


def _place(rung: str) -> int:
    """Place on the ladder, from the lowest rung; what is no rung comes last."""
    return RUNG_ORDER.index(rung) if rung in RUNG_ORDER else len(RUNG_ORDER)


def _priced(row: Mapping[Any, Any], unit_prices: Mapping[str, float]) -> dict[str, Any]:
    """The row with its price: what was paid if every label has a price, else by the configured price of a unit."""
    record = {str(name): value for name, value in row.items()} | {"price": None, "is_configured": False}
    if row["n_labels"] and row["n_priced"] == row["n_labels"]:
        return record | {"price": float(row["cost"])}
    if row["rung"] in unit_prices:
        return record | {"price": float(row["n_units"]) * unit_prices[row["rung"]], "is_configured": True}
    return record


def _cost_table(records: list[dict[str, Any]], context: PageContext) -> Table:
    headers = [
        Header("Labeler"),
        Header("Judge"),
        Header("Units judged", is_number=True),
        Header("Verdicts", is_number=True),
        Header("Cost", is_number=True),
        Header("Per unit", is_number=True),
        Header("Per verdict", is_number=True),
        Header("Price"),
    ]
    rows = [_cost_row(row, context) for row in records]
    return Table(f"Cost of the labels of {context.days}", headers, rows)


def _cost_row(row: Mapping[str, Any], context: PageContext) -> list[Cell]:
    price = row["price"]
    per = ["–" if price is None or not row[n] else _money(price / row[n], context, 4) for n in ("n_units", "n_labels")]
    paid = "as configured" if row["is_configured"] else "as booked with the labels"
    return [
        Cell(str(row["labeler_id"]), "name"),
        Cell(RUNG_TITLES.get(row["rung"], str(row["rung"]))),
        Cell(figures.count(row["n_units"]), "number"),
        Cell(figures.count(row["n_labels"]), "number"),
        Cell("–" if price is None else _money(price, context), "number"),
        *(Cell(text, "number") for text in per),
        Cell("not known" if price is None else paid),
    ]


def _precision_table(total: float, context: PageContext) -> Markup | None:
    """What a narrower range costs if all labels grow in proportion: the width falls with the root of their number."""
    if context.view is None:
        return None
    headers = [
        Header("Policy"),
        Header("Range, ± of the figure", is_number=True),
        Header("One point narrower", is_number=True),
        Header("Half as wide", is_number=True),
    ]
    rows, policies = [], []
    for policy, title in context.titles.items():
        number = context.numbers.find(context.view, policy)
        width = None if number is None or number.estimate.figure is None else half_width(number.estimate.figure)
        if width is None or width <= 0.01:
            continue
        point = total * ((width / (width - 0.01)) ** 2 - 1)
        rows.append(
            [
                Cell(title, "name"),
                Cell(f"± {figures.fixed(100 * width, decimals=0)} %", "number"),
                Cell(f"+ {_money(point, context)}", "number"),
                Cell(f"+ {_money(3 * total, context)}", "number"),
            ]
        )
        policies.append(policy)
    if not rows:
        return None
    return tables.render_table(Table("What more precision would cost a week", headers, rows, policies=policies))


def _money(amount: float, context: PageContext, decimals: int = 2) -> str:
    text = f"{amount:,.{0 if amount >= 1000 else decimals}f}"
    return f"{text} {context.data.currency}".strip()
