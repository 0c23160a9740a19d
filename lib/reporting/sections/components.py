"""Where the harm sits: of the exposure in violation, the share whose query, answer, image or combination violates."""

from collections.abc import Mapping, Sequence
from typing import Final

from lib.reporting import figures
from lib.reporting.page_context import PageContext
from lib.reporting.sections.forest import Forest, forest_of

COMPONENT_TITLES: Final[Mapping[str, str]] = {
    "query": "The query",
    "response": "The answer",
    "image": "An image",
    "combination": "Only all together",
    "unspecified": "Not said",
}
SHARE_DECIMALS: Final = 0


def component_forests(context: PageContext) -> Sequence[Forest]:
    """Return a table of components per policy, on a scale from 0 to 100 %."""
    if context.view is None:
        return []
    found = []
    for policy, title in context.titles.items():
        numbers = {
            (component, name): context.numbers.find(context.view, policy, component)
            for component, name in component_names(context).items()
        }
        present = {place: number for place, number in numbers.items() if number is not None}
        if present:
            found.append(forest_of(present, policy=policy, title=title, decimals=SHARE_DECIMALS, top=1.0))
    return found


def component_names(context: PageContext) -> Mapping[str, str]:
    """Return every component of the data with its name, in order."""
    known = {str(component) for component in context.data.prevalence["component"]} - {"unit"}
    names = {component: name for component, name in COMPONENT_TITLES.items() if component in known}
    return names | {name: figures.plain_words(name) for name in sorted(known.difference(names))}
