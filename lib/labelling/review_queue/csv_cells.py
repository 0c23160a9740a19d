"""CSV cells that no spreadsheet takes for a formula, and back.

A cell that begins with = + - @ (or their full-width forms), a tab or a line break may be run as a formula (OWASP, CSV
injection): it gets an apostrophe in front. So does one that begins with an apostrophe, which makes the way back exact.
"""

_RISKY = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n", "'")
_SHIELD = "'"


def shielded(text: str) -> str:
    """`text` as a cell that is shown and never run."""
    return _SHIELD + text if text.startswith(_RISKY) else text


def unshielded(cell: str) -> str:
    """The text of a cell that `shielded` wrote; a lone apostrophe that somebody typed before other text stays."""
    rest = cell.removeprefix(_SHIELD)
    return rest if rest != cell and rest.startswith(_RISKY) else cell
