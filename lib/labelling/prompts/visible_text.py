"""Shows what a text hides: characters that no reader sees, or that reorder what is seen, become visible marks.

The mapping loses nothing and is reversible. Kept as they are: every visible character of every script, blank, tab, line
feed, carriage return, and the joiners that spelling or emoji need. Everything of Unicode's Default_Ignorable_Code_Point
(UAX #44), every other control character, private use, line and paragraph separators and the blank Braille cell becomes
a mark in white square brackets: `⟦U+202E⟧`, a repetition `⟦U+200B×40⟧`, tag characters with the text that they smuggle,
`⟦tags:flag⟧`. White square brackets of the text itself become marks as well, so nobody can write a mark. Only the
placeholders of redacted personal data stay, a closed vocabulary: whoever writes one says no more than that something
personal stood there.
"""

import re
from itertools import groupby

from schemas.contracts.redaction_settings import PLACEHOLDERS

_OPEN, _CLOSE = "⟦", "⟧"
INVISIBLE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
# Scripts whose spelling needs joiners: Arabic and its kin, the Indic ones, Myanmar, Khmer.
_JOINING = "\u0600-\u061b\u061d-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u17ff\ufb50-\ufdff\ufe70-\ufefe"
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_KEPT = (
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[#*0-9\u00a9\u00ae\u203c\u2049{_EMOJI}\u3030\u303d\u3297\u3299])[\ufe0e\ufe0f]"
)
_PLACEHOLDER = "|".join(map(re.escape, PLACEHOLDERS.values()))
_HIDDEN = re.compile(f"(?P<kept>{_KEPT}|{_PLACEHOLDER})|(?:(?!{_PLACEHOLDER})[{INVISIBLE}{_OPEN}{_CLOSE}])+")
_FIRST_TAG, _LAST_TAG = 0xE0020, 0xE007E
_TAIL_SHARE = 0.25


def visible_text(text: str) -> str:
    """`text` with every hidden character as a visible mark."""
    return _HIDDEN.sub(lambda found: found.group() if found.group("kept") else _marks(found.group()), text)


def hidden_characters(text: str) -> str:
    """The characters of `text` that `visible_text` would mark, in their order; white square brackets do not count."""
    runs = (found.group() for found in _HIDDEN.finditer(text) if not found.group("kept"))
    return "".join(runs).replace(_OPEN, "").replace(_CLOSE, "")


def smuggled_text(text: str) -> str:
    """What the tag characters of `text` spell in ASCII."""
    return "".join(chr(ord(character) - 0xE0000) for character in text if _is_tag(character))


def shortened(shown: str, limit: int) -> str:
    """`shown`, a visible text, cut to about `limit` characters, with a mark that says how many are left out.

    The first three quarters and the last quarter are kept: the end of a long text is where one would hide something.
    The mark cannot be imitated, and no mark is cut in two.
    """
    if len(shown) <= limit:
        return shown
    n_tail = int(limit * _TAIL_SHARE)
    head, tail = shown[: limit - n_tail], shown[len(shown) - n_tail :]
    if head.rfind(_OPEN) > head.rfind(_CLOSE):
        head = head[: head.rfind(_OPEN)]
    first_open, first_close = tail.find(_OPEN), tail.find(_CLOSE)
    if first_close >= 0 and not 0 <= first_open < first_close:
        tail = tail[first_close + 1 :]
    return f"{head}{_OPEN}{len(shown) - len(head) - len(tail)} characters left out{_CLOSE}{tail}"


def _marks(run: str) -> str:
    """Marks of a run of hidden characters: tags decoded, repetitions counted."""
    marks = []
    for is_tag, part in groupby(run, _is_tag):
        if is_tag:
            marks.append(f"{_OPEN}tags:{smuggled_text(''.join(part))}{_CLOSE}")
            continue
        for character, repetition in groupby(part):
            n = len(list(repetition))
            times = f"×{n}" if n > 1 else ""
            marks.append(f"{_OPEN}U+{ord(character):04X}{times}{_CLOSE}")
    return "".join(marks)


def _is_tag(character: str) -> bool:
    return _FIRST_TAG <= ord(character) <= _LAST_TAG
