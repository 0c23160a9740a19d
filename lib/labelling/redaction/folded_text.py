"""A text as rules read it: digits and letters in their plain form, hidden characters gone, and the way back.

Who hides an address from a rule writes it in full-width letters, Arabic digits, or with a zero-width space in it. The
folded form maps every character to at most one, so that what is found in it has a place in the text itself.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

from lib.labelling.prompts.visible_text import INVISIBLE

# Scripts without blanks between words: what stands beside an address or a name there is seldom part of it.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Circled, full-width, mathematical, super- and subscript forms of ASCII, and small punctuation.
_COMPATIBLE = ((0xB2, 0xBA), (0x2024, 0x2025), (0x2070, 0x209F), (0x2460, 0x24FF), (0x3000, 0x3001), (0xFE50, 0xFE6C),
               (0xFF01, 0xFF5F), (0xFF61, 0xFF62), (0x1D400, 0x1D800), (0x1F100, 0x1F130))  # fmt: skip
_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DOTS = "\u3002\uff61\u2024\u00b7"
_LAST_CHARACTER = 0x1FFFF


def _plain_forms() -> dict[int, str]:
    forms: dict[int, str] = {}
    for first, end in _COMPATIBLE:
        for code in range(first, end):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain.isascii():
                forms[code] = plain
    for code in range(0x80, _LAST_CHARACTER):
        digit = unicodedata.decimal(chr(code), None)
        if digit is not None:
            forms[code] = str(digit)
    for characters, plain in ((_LINE_ENDS, "\n"), (_DASHES, "-"), (_BLANKS, " "), (_DOTS, ".")):
        forms |= {ord(character): plain for character in characters}
    return forms


_PLAIN_FORMS = _plain_forms()
_HIDDEN_RUN = re.compile(f"[{INVISIBLE}]+")


@dataclass(frozen=True)
class FoldedText:
    """`folded` is what rules read; `starts` and `shifts` lead from a place in it to the place in the text."""

    folded: str
    starts: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "FoldedText":
        """Fold `text`, in time that grows with its length alone."""
        if text.isascii() and text.isprintable():
            return cls(text, (), ())
        plain = text.translate(_PLAIN_FORMS)
        parts, starts, shifts = [], [], []
        n_folded = n_hidden = begin = 0
        for run in _HIDDEN_RUN.finditer(plain):
            parts.append(plain[begin : run.start()])
            n_folded += run.start() - begin
            n_hidden += run.end() - run.start()
            begin = run.end()
            starts.append(n_folded)
            shifts.append(n_hidden)
        parts.append(plain[begin:])
        return cls("".join(parts), tuple(starts), tuple(shifts))

    def place(self, index: int) -> int:
        """Where in the text the character stands that is at `index` of `folded`."""
        position = bisect_right(self.starts, index)
        return index + (self.shifts[position - 1] if position else 0)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text the characters from `start` up to `end` of `folded` stand, hidden ones between included."""
        return self.place(start), self.place(end - 1) + 1
