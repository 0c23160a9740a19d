"""Charts as inline SVG: no JavaScript, so the page's security policy can forbid every script."""

import io
import re
from typing import Final

import altair as alt
from markupsafe import Markup, escape

from lib.reporting.shown_text import shown_text

_ROOT: Final = re.compile(r'<svg [^>]*?viewBox="([-\d. ]+)">')
# Vega writes a mark as an empty element and its description as an attribute, escaped for use between tags as well.
_DESCRIBED_MARK: Final = re.compile(r'<(path|line|rect) aria-label="([^"<>]*)"([^<>]*?)/>')


def inline_svg(chart: alt.LayerChart, *, label: str) -> Markup:
    """`chart` as an SVG element that scales with its column; marks carry their description as a tooltip.

    Args:
        chart: a chart over inline data.
        label: what the chart shows, for screen readers.

    Raises:
        ValueError: the SVG writer's output is not the one this module knows.

    """
    rendered = io.StringIO()
    chart.save(rendered, format="svg")
    svg, n_roots = _ROOT.subn(lambda root: _root(view_box=root[1], label=label), rendered.getvalue(), count=1)
    if n_roots != 1:
        raise ValueError("The SVG writer's root element has changed; mend the pattern in lib/reporting/svg.py.")
    svg = _DESCRIBED_MARK.sub(r'<\1 aria-label="\2"\3><title>\2</title></\1>', svg)
    return Markup(svg)  # noqa: S704 - Vega escapes every text and attribute; tests feed it hostile ones


def _root(*, view_box: str, label: str) -> str:
    """Return the root element without size and namespaces, which inline SVG does not need."""
    shown = escape(shown_text(label))
    return f'<svg class="chart" viewBox="{view_box}" role="graphics-document document" aria-label="{shown}">'
