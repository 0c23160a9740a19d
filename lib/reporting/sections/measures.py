"""By units and by views: every interaction once, or as often as its Pins were viewed."""

from collections.abc import Sequence
from dataclasses import replace

from lib.reporting.charts.scale import top_of
from lib.reporting.page_context import PageContext
from lib.reporting.sections.forest import Forest, forest_of


def measure_forests(context: PageContext) -> Sequence[Forest]:
    """Return a table of two rows per policy, all on one scale."""
    if context.view is None:
        return []
    numbers = {}
    for policy in context.titles:
        views = {measure: replace(context.view, measure=measure) for measure in context.measures}
        numbers[policy] = {(m, f"By {m}"): context.numbers.find(view, policy) for m, view in views.items()}
    found = [n.estimate.figure for row in numbers.values() for n in row.values() if n is not None]
    top = top_of(figure for figure in found if figure is not None)
    return [
        forest_of(row, policy=policy, title=context.titles[policy], decimals=context.decimals[policy], top=top)
        for policy, row in numbers.items()
        if any(number is not None for number in row.values())
    ]
