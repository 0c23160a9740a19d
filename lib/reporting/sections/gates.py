"""What every number must pass, and why numbers of the headline week are held."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.estimates import EVERYTHING, UNIT, Estimate
from lib.reporting.gate_words import GATES, TELLING_GATES, GateWords, broken_words
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table
from schemas.release_gates import EVERY

_VERDICTS: Final = ("held", "warned", "passed", "not_applicable")
_MOST_NAMED: Final = 6


@dataclass(frozen=True)
class HeldReason:
    """One reason in plain words, what the release recorded of it, and the numbers it holds."""

    title: str
    recorded: str
    n_numbers: int
    named: str


@dataclass(frozen=True)
class GateSection:
    """The gates as a table (None if none is recorded), and the reasons of held numbers."""

    table: Markup | None
    held: Sequence[HeldReason]


def gates_of(context: PageContext) -> GateSection | None:
    """Return the section; None if no release has recorded gates."""
    gates = context.data.gates
    if gates is None:
        return None
    table = None if gates.empty else tables.render_table(_gate_table(gates, context))
    return GateSection(table, held_reasons(context))


def held_reasons(context: PageContext) -> list[HeldReason]:
    """Return why numbers of the headline week by the published estimator are held, the widest reason first."""
    if context.week is None:
        return []
    week = context.numbers.estimates(
        period="week", anchor=context.week.monday, estimator=context.data.published_estimator
    )
    held: dict[str, list[tuple[str, Estimate]]] = defaultdict(list)
    for estimate in week:
        for reason in estimate.hold_reasons:
            held[broken_words(reason)].append((reason, estimate))
    found = []
    for title, entries in sorted(held.items(), key=lambda item: (-len(item[1]), item[0])):
        names = list(dict.fromkeys(_number_name(estimate, context.titles) for _, estimate in entries))
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        named = f"{'; '.join(names[:_MOST_NAMED])}{more}"
        found.append(HeldReason(figures.sentence(title), entries[0][0], len(entries), named))
    return found


def _number_name(estimate: Estimate, titles: Mapping[str, str]) -> str:
    parts = [titles.get(estimate.policy, estimate.policy), f"by {estimate.measure}"]
    if estimate.segment != EVERYTHING:
        parts.append(f"{estimate.segment} {estimate.segment_value}")
    if estimate.component != UNIT:
        parts.append(estimate.component)
    return ", ".join(parts)


def _gate_table(gates: pd.DataFrame, context: PageContext) -> Table:
    headers = [Header("Gate"), Header("What it asks"), Header("Limit", is_number=True), Header("Answer")]
    known = {str(name): words for name, words in GATES.items()}
    found = {str(gate): rows.to_dict("records") for gate, rows in gates.groupby("gate")}
    order = [*(name for name in known if name in found), *sorted(set(found).difference(known))]
    rows = [_gate_row(name, known.get(name), found[name], context) for name in order]
    return Table(f"Gates of the week {context.days}", headers, rows)


def _gate_row(
    name: str, words: GateWords | None, rows: Sequence[Mapping[Any, Any]], context: PageContext
) -> list[Cell]:
    title = words.title if words else figures.plain_words(name)
    bounds = sorted({_bound(row) for row in rows if not pd.isna(row["bound"])})
    worst = next((verdict for verdict in _VERDICTS if any(row["verdict"] == verdict for row in rows)), "")
    kinds = {"held": "alarm", "warned": "held", "passed": "text", "not_applicable": "text"}
    return [
        Cell(title, "name"),
        Cell(words.asks if words else ""),
        Cell(", ".join(bounds[:3]) or "–", "number"),
        Cell(_answer(name, rows, context), kinds.get(worst, "text")),  # type: ignore[arg-type] # all are kinds
    ]


def _answer(name: str, rows: Sequence[Mapping[Any, Any]], context: PageContext) -> str:
    """Every verdict with those it was given to; passed ones are only counted."""
    said = []
    for verdict in _VERDICTS:
        mine = [row for row in rows if row["verdict"] == verdict]
        if not mine:
            continue
        if verdict == "passed":
            said.append("passed" if len(mine) == len(rows) else f"passed: {len(mine)}")
        elif verdict == "not_applicable":
            said.append("nothing to go by" if len(mine) == len(rows) else f"nothing to go by: {len(mine)}")
        else:
            names = list(dict.fromkeys(_subject(name, row, context) for row in mine))
            said.append(f"{verdict}: {', '.join(names)}")
    return "; ".join(said)


def _subject(name: str, row: Mapping[Any, Any], context: PageContext) -> str:
    """Whom a gate spoke of, with what it found unless that would tell a number that is not shown."""
    policy, subject = str(row["policy"]), str(row["subject"])
    parts = [] if policy == EVERY else [context.titles.get(policy, policy)]
    parts += [] if subject == EVERY else [subject]
    is_telling = name in TELLING_GATES and (policy == EVERY or policy not in context.released_policies)
    figure = "" if is_telling or pd.isna(row["figure"]) else f" ({row['figure']:.3g})"
    return f"{' '.join(parts) or 'every number'}{figure}"


def _bound(row: Mapping[Any, Any]) -> str:
    return f"{'≥' if row['bound_kind'] == 'at_least' else '≤'} {row['bound']:.3g}"
