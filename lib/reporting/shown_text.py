"""What a page shows of a text that strangers may have written: nothing hidden, nothing that reorders its neighbours."""

import re

from lib.labelling.prompts.visible_text import shortened, visible_text

LONGEST_VALUE = 50_000
"""Characters of one value: a page of a few tables must not become one of a gigabyte."""
_HALF_OF_A_CHARACTER = re.compile("[\ud800-\udfff]")


def shown_text(text: str) -> str:
    """`text` with hidden characters as visible marks, and with no character that a file cannot hold.

    A direction override in the name of a surface would otherwise turn the figure beside it around.
    """
    return visible_text(_HALF_OF_A_CHARACTER.sub("\ufffd", text))


def shown_value(text: str) -> str:
    """`text` as a value of a page: as shown, and cut if it has no end."""
    return shortened(shown_text(text), LONGEST_VALUE)
