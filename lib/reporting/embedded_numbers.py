"""The numbers inside the page: what filters choose from, charts are drawn of, and downloads hold.

Everything is already decided and judged: the page's script computes no statistics. A number that is not shown has no
figure here either.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from markupsafe import Markup

from lib.reporting import figures
from lib.reporting.breaks import Break
from lib.reporting.change_verdicts import CHANGE_TITLES
from lib.reporting.estimates import Estimate
from lib.reporting.numbers import Number, segment_values
from lib.reporting.page_context import PageContext
from lib.reporting.sections.components import COMPONENT_TITLES
from lib.reporting.sections.scoreboard import SPARK_PERIODS
from lib.reporting.shown_text import shown_value
from lib.reporting.trust import TRUST_TITLES

COLUMNS: Final = (
    "period", "policy", "measure", "where", "component", "estimator", "trust", "n_llm", "n_human", "n_gold",
    "prevalence", "ci_low", "ci_high", "effective_sample_size", "change_verdict", "change", "change_low", "change_high",
)  # fmt: skip
"""Fields of a row, in order; the first seven and change_verdict are positions in the lists beside the rows.

Of a component `prevalence` is its share of the exposure in violation. Empty fields at the end of a row are left out.
"""

_Item = TypeVar("_Item", bound=Hashable)


class _Positions(Generic[_Item]):
    """Distinct items in order of their first use, and their positions."""

    def __init__(self, items: Sequence[_Item] = ()) -> None:
        self._positions = {item: position for position, item in enumerate(dict.fromkeys(items))}

    def __getitem__(self, item: _Item) -> int:
        return self._positions.setdefault(item, len(self._positions))

    def __iter__(self) -> Any:
        return iter(self._positions)


def embedded_numbers(context: PageContext) -> Markup | None:
    """Return the numbers as JSON for a script element; None if there are none to choose from.

    The characters by which a text could end the element, or the line, are written as escapes.
    """
    if context.view is None:
        return None
    payload = {name: value if name == "rows" else _shown(value) for name, value in payload_of(context).items()}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # nothing in it can leave the element, tests feed it hostile texts


def payload_of(context: PageContext) -> dict[str, Any]:
    """Return what is embedded, before it is text."""
    view = context.view
    assert view is not None  # noqa: S101 - the caller asked
    numbers = context.numbers.all
    policies = _Positions(list(context.titles))
    measures = _Positions(context.measures)
    estimators = _Positions(_in_order([n.estimate.estimator for n in numbers], (view.estimator,)))
    components = _Positions(["unit", *COMPONENT_TITLES])
    wheres = _Positions([("all", "all"), *_places(context)])
    periods = _Positions(_periods(numbers))
    trusts: _Positions[tuple[str, str]] = _Positions()
    changes: _Positions[tuple[str, str]] = _Positions()
    rows = []
    for number in numbers:
        estimate = number.estimate
        positions = [
            periods[(estimate.period, f"{estimate.anchor}")],
            policies[estimate.policy],
            measures[estimate.measure],
            wheres[(estimate.segment, estimate.segment_value)],
            components[estimate.component],
            estimators[estimate.estimator],
            trusts[(number.trust.state, number.trust.text)],
        ]
        rows.append(_trimmed([*positions, *estimate.n_labels.values(), *_figures(number, changes)]))
    return {
        "columns": COLUMNS,
        "level": context.level,
        "policies": [{"id": p, "title": context.titles[p], "decimals": context.decimals[p]} for p in policies],
        "measures": list(measures),
        "estimators": list(estimators),
        "components": [{"id": c, "title": COMPONENT_TITLES.get(c, figures.plain_words(c))} for c in components],
        "wheres": list(wheres),
        "periods": _period_records(numbers, periods),
        "trusts": [{"state": state, "title": TRUST_TITLES[state], "text": text} for state, text in trusts],
        "changes": [{"state": state, "title": CHANGE_TITLES[state], "text": text} for state, text in changes],
        "breaks": [_break(known) for known in context.numbers.breaks],
        "spark": SPARK_PERIODS,
        "first_view": {
            "policy": "all", "measure": view.measure, "where": "all:all", "period": f"week:{view.anchor}",
            "estimator": view.estimator, "by": context.trend_period,
        },
        "rows": rows,
    }  # fmt: skip


def _shown(value: Any) -> Any:
    """Return the value with its texts as the page shows them, those that stand for themselves in filters too."""
    if isinstance(value, str):
        return shown_value(value)
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, Sequence) else value


def _figures(number: Number, changes: _Positions[tuple[str, str]]) -> list[Any]:
    figure, verdict = number.estimate.figure, number.change
    if figure is None:
        return []
    shown: list[Any] = [figure.prevalence, figure.ci_low, figure.ci_high, figure.effective_sample_size]
    if verdict is None:
        return shown
    change = verdict.change
    limits = [] if change is None else [change.difference, change.low, change.high]
    return [*shown, changes[(verdict.state, verdict.text)], *limits]


def _trimmed(row: list[Any]) -> list[Any]:
    while row and row[-1] is None:
        row.pop()
    return row


def _places(context: PageContext) -> list[tuple[str, str]]:
    values = segment_values(number.estimate for number in context.numbers.all)
    return [(segment, value) for segment in values for value in values[segment]]


def _in_order(found: Sequence[str], first: Sequence[str]) -> list[str]:
    known = set(found)
    return [*(name for name in first if name in known), *sorted(known.difference(first))]


def _periods(numbers: Sequence[Number]) -> list[tuple[str, str]]:
    """Return every period as (kind, anchor): weeks first, the latest first."""
    found = {(number.estimate.period, f"{number.estimate.anchor}") for number in numbers}
    order = ("week", "quarter", "all", "day")
    in_time = sorted(found, key=lambda period: period[1], reverse=True)
    return sorted(in_time, key=lambda period: order.index(period[0]))


def _period_records(numbers: Sequence[Number], periods: _Positions[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return first and last day of every period, and how many days with data it has."""
    spans: dict[tuple[str, str], list[Estimate]] = {}
    for number in numbers:
        estimate = number.estimate
        spans.setdefault((estimate.period, f"{estimate.anchor}"), []).append(estimate)
    records = []
    for kind, anchor in periods:
        estimates = spans[(kind, anchor)]
        first, last = min(e.first_day for e in estimates), max(e.last_day for e in estimates)
        records.append(
            {
                "kind": kind,
                "id": f"{kind}:{anchor}",
                "first": f"{first}",
                "last": f"{last}",
                "n_days": max(e.n_days for e in estimates),
                "title": figures.day_range(first, last),
            }
        )
    return records


def _break(known: Break) -> Mapping[str, Any]:
    return {"ds": f"{known.ds}", "kind": known.kind, "policy": known.policy, "title": known.title}
