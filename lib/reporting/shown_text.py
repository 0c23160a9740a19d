"""What a page shows of a text that strangers may have written: nothing hidden, nothing that reorders its neighbours."""

import re
from collections.abc import Iterable

from lib.labelling.prompts.visible_text import shortened, visible_text

LONGEST_IN_CHART = 60
"""Characters; a chart takes time that grows with the square of the longest name, and cuts it on its axis anyway."""
_HALF_OF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def shown_text(text: str) -> str:
    """`text` with hidden characters as visible marks, and with no character that a file or a chart cannot hold.

    A direction override in the name of a surface would otherwise turn the figure beside it around.
    """
    return visible_text(_HALF_OF_A_CHARACTER.sub("\ufffd", text))


def shortened_for_chart(text: str) -> str:
    """`text` as shown, cut to what a chart draws in a moment."""
    return shortened(shown_text(text), LONGEST_IN_CHART)


def chart_names(names: Iterable[str]) -> list[str]:
    """What a chart calls its rows: `names` as shown, long ones shortened, and no two alike."""
    taken: dict[str, int] = {}
    shown = []
    for name in map(shortened_for_chart, names):
        taken[name] = taken.get(name, 0) + 1
        shown.append(f"{name} ({taken[name]})" if taken[name] > 1 else name)
    return shown
