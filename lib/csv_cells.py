"""CSV cells that no spreadsheet takes for a formula, and back.

A cell that begins with = + - @ (or another form of them), a tab or a line break may be run as a formula (OWASP, CSV
injection): it gets an apostrophe in front. So does one that begins with an apostrophe, which makes the way back exact.

A file may also be opened with another separator than it was written with. Quotation marks then hold a cell together no
longer, and what stands behind a separator or a line break inside of it begins a cell of its own: such a place gets an
apostrophe as well. Blanks, quotation marks and characters that nobody sees do not count as a beginning.
"""

import re

_FORMULA = "=+@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a\u207b\u207c\u2212-"
_SEPARATOR = ",;|\t\r\n\v\f\x85\u2028\u2029"
# Quotation marks, blanks, control characters and format characters, but none of the separators.
_UNSEEN = (
    '" \ufffd\xa0\u3000\u2000-\u200f\u202a-\u202f\u205f-\u206f\u00ad\u180e\ufeff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f'
)
_BEGINNING = f"'*[{_UNSEEN}]*[{_FORMULA}]"
_RISKY = re.compile(f"'|[{_SEPARATOR}]|{_BEGINNING}")
_RISKY_INSIDE = re.compile(f"(?<=[{_SEPARATOR}])(?={_BEGINNING})")
_SHIELDED_INSIDE = re.compile(f"(?<=[{_SEPARATOR}])'(?={_BEGINNING})")
_SHIELD = "'"


def shielded(text: str) -> str:
    """`text` as a cell that is shown and never run, with a mark in place of NUL, which ends a cell in some readers."""
    inside = _RISKY_INSIDE.sub(_SHIELD, text.replace("\x00", "\ufffd"))
    return _SHIELD + inside if _RISKY.match(inside) else inside


def unshielded(cell: str) -> str:
    """The text of a cell that `shielded` wrote; a lone apostrophe that somebody typed before other text stays."""
    if _SHIELD not in cell:
        return cell
    rest = cell.removeprefix(_SHIELD)
    inside = rest if rest != cell and _RISKY.match(rest) else cell
    return _SHIELDED_INSIDE.sub("", inside)
