"""An error as one line for a terminal or a log, whatever the value that it quotes: it may be a stranger's."""

from typing import Final

from lib.credentials import text_without_credentials
from lib.labelling.prompts.visible_text import shortened
from lib.reporting.shown_text import shown_text

LONGEST: Final = 4_000
"""Characters; no sentence of ours is so long, but a value that it quotes may be."""


def error_sentence(error: Exception) -> str:
    """What `error` says, on one line, without credentials, with control characters and the like as visible marks.

    Else a value could clear the screen, forge a line of the log, or hide what was said before it.
    """
    one_line = " ".join(text_without_credentials(str(error)).splitlines())
    return shortened(shown_text(one_line), LONGEST)
