"""Finds @handles of people."""

import re
from collections.abc import Iterator

from lib.labelling.redaction.folded_text import UNSPACED
from schemas.contracts.redaction_settings import RedactionSettings

_NAME = rf"(?:(?![{UNSPACED}])[\w.])"
_HANDLE = re.compile(
    rf"(?<![A-Za-z0-9_@./:+'\u27e7-])@(?:(?![{UNSPACED}])[^\W\d](?:{_NAME}{{0,28}}(?<=\w))?|[^\W\d]\w{{0,29}})"
)


def find_handles(text: str, settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of handles in the folded `text`, but for one's own: @, a letter or underscore, and more of a name."""
    own = {handle.casefold() for handle in settings.own_handles}
    for found in _HANDLE.finditer(text):
        if found.group().casefold() not in own:
            yield found.span()
