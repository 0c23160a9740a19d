"""The headline week by surface, country and language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lib.reporting import figures
from lib.reporting.numbers import segment_values
from lib.reporting.page_context import PageContext
from lib.reporting.sections.forest import Forest, forest_of

SEGMENT_TITLES: Final[Mapping[str, str]] = {"surface": "surface", "country": "country", "language": "language"}


@dataclass(frozen=True)
class Breakdown:
    """One segment: a table per policy, and how many small values are not in the file."""

    segment: str
    title: str
    header: str
    forests: Sequence[Forest]
    n_cut: int


def breakdowns_of(context: PageContext) -> list[Breakdown]:
    """Return a breakdown for each segment that the settings name, also one without any estimate."""
    values = segment_values(context.numbers.estimates())
    names = [*SEGMENT_TITLES, *(segment for segment in values if segment not in SEGMENT_TITLES)]
    return [
        Breakdown(
            segment,
            SEGMENT_TITLES.get(segment, segment),
            figures.capital(SEGMENT_TITLES.get(segment, segment)),
            _forests(context, segment, values.get(segment, [])),
            context.data.n_values_cut.get(segment, 0),
        )
        for segment in names
    ]


def _forests(context: PageContext, segment: str, values: Sequence[str]) -> list[Forest]:
    if context.view is None:
        return []
    found = []
    for policy, title in context.titles.items():
        views = {value: replace(context.view, segment=segment, segment_value=value) for value in values}
        numbers = {(value, value): context.numbers.find(view, policy) for value, view in views.items()}
        present = {place: number for place, number in numbers.items() if number is not None}
        if present:
            whole = context.numbers.find(context.view, policy)
            decimals = context.decimals[policy]
            found.append(forest_of(present, policy=policy, title=title, decimals=decimals, whole=whole))
    return found
