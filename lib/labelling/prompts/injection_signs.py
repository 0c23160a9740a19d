"""Signs that a unit's texts try to instruct the labeler.

They are recorded beside the labels and change no verdict: an attack is judged by what it shows, as everything else.
The rules know what is common; what they miss is still data in the prompt, as its structure does not rest on them.
"""

import re
from collections.abc import Collection, Mapping

from lib.labelling.prompts.injection_phrases import PHRASES, RESPELLED_PHRASES
from lib.labelling.prompts.text_disguises import (
    decoded_parts,
    hidden_parts,
    is_mixed_script,
    plain_form,
    respelled_forms,
)
from lib.labelling.prompts.visible_text import hidden_characters
from schemas.contracts.unit_content import UnitContent

INJECTION_SIGNS = (
    *PHRASES,
    "title_instruction",
    "encoded_payload",
    "homoglyph",
    "invisible_characters",
    "bidi_control",
)
"""`title_instruction`: any sign but the last three in an image's title, where nobody has a reason to give orders."""

_LONGEST_SEARCHED = 20_000
# What a person never types and no script needs. Soft hyphens and directional marks are ordinary.
_NEVER_TYPED = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\U000e0000-\U000e0fff]")
_ZERO_WIDTH = "[\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0]"
# Zero-width spaces between words come with copied text; in the middle of one they hide it, and in long runs they carry.
_SPLIT_OR_CARRYING = re.compile(f"[A-Za-z0-9]{_ZERO_WIDTH}+(?=[A-Za-z0-9])|{_ZERO_WIDTH}{{8}}")
_FLAG_OF_A_REGION = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_OVERRIDES = re.compile("[\u202d\u202e]")
_OPENED, _CLOSED = re.compile("[\u202a\u202b\u2066-\u2068]"), re.compile("[\u202c\u2069]")
_MOST_SPLIT_WORDS = 1


def injection_signs(content: UnitContent) -> list[str]:
    """Names of the signs found in `content`, each once, in the order of INJECTION_SIGNS; empty if there is none."""
    found: set[str] = set()
    for text in (content.query_text, content.response_text, content.language):
        found |= _signs_in(text)
    for pin in content.pins:
        of_title = _signs_in(pin.title)
        found |= of_title
        if of_title & {*PHRASES, "encoded_payload"}:
            found.add("title_instruction")
    return [sign for sign in INJECTION_SIGNS if sign in found]


def _signs_in(text: str | None) -> set[str]:
    if not text:
        return set()
    searched = text[:_LONGEST_SEARCHED]
    plain = plain_form(searched)
    said = [plain, *hidden_parts(searched)]
    found = _matching(PHRASES, said)
    respelled = {form for part in said for form in respelled_forms(part)} - {plain}
    found |= _matching(RESPELLED_PHRASES, respelled)
    signs_of_form = {
        "encoded_payload": bool(decoded_parts(searched)),
        "homoglyph": is_mixed_script(plain),
        "invisible_characters": _has_invisible_characters(searched),
        "bidi_control": _reorders(searched),
    }
    return found | {sign for sign, is_found in signs_of_form.items() if is_found}


def _matching(phrases: Mapping[str, re.Pattern[str]], forms: Collection[str]) -> set[str]:
    return {sign for sign, pattern in phrases.items() if any(pattern.search(form) for form in forms)}


def _has_invisible_characters(text: str) -> bool:
    hidden = hidden_characters(_FLAG_OF_A_REGION.sub("", text).removeprefix("\ufeff"))
    return _NEVER_TYPED.search(hidden) is not None or len(_SPLIT_OR_CARRYING.findall(text)) > _MOST_SPLIT_WORDS


def _reorders(text: str) -> bool:
    """An override of the direction, or an embedding that is never closed."""
    return _OVERRIDES.search(text) is not None or len(_OPENED.findall(text)) > len(_CLOSED.findall(text))
