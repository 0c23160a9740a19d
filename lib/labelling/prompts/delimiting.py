"""Puts a unit's hostile texts into a message so that no text can end its own field or begin another.

Every field is one line: the unit's boundary, the field's name, ` = `, and the value as a JSON string. JSON is the most
robust form that models read well: a text has no line break and no quotation mark of its own left, so it cannot leave
its line, and what it says comes back exactly by reading the JSON. `<`, `>`, `[`, `]` and the backtick are JSON escapes
as well: servers whose tokenisers know control tokens such as `<|im_end|>` or `[INST]` find none in a text, and no code
fence. Other scripts stay readable. The boundary is a hash over the prompt's version and the content: whoever writes
the content would have to find a text that contains its own hash, and even then another boundary is taken.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lib.labelling.prompts.picture_urls import is_usable_url
from lib.labelling.prompts.visible_text import shortened, visible_text
from schemas.contracts.unit_content import PinContent, UnitContent

# Characters; part of prompt_version. Longer texts are shortened with a mark.
LIMITS = {"language": 40, "query": 2_000, "response": 8_000, "title": 300, "pins": 100, "url": 2_000}
_ESCAPED = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>[]`"})
_BOUNDARY_DIGITS = 24


@dataclass(frozen=True)
class DelimitedUnit:
    """A unit between its boundaries: the lines before the pictures, the pictures' URLs, and the boundary itself."""

    boundary: str
    lines: tuple[str, ...]
    pictures: tuple[tuple[int, str], ...]

    def parts(self, closing: str) -> str | list[dict[str, Any]]:
        """Content of the user's message: plain text, or text and image_url parts if there are pictures.

        Every picture comes after a line that says whose it is; `closing` comes last.
        """
        opening = "\n".join([f"Boundary of this unit: {self.boundary}", *self.lines])
        end = f"{self.boundary} end of unit\n{closing}"
        if not self.pictures:
            return f"{opening}\n{end}"
        parts: list[dict[str, Any]] = [_text_part(opening)]
        for number, url in self.pictures:
            parts += [_text_part(f"{self.boundary} picture of image {number}:"), _image_part(url)]
        return [*parts, _text_part(end)]


def delimited_unit(
    content: UnitContent, *, image_limit: int, prompt_version: str, allows_private_image_hosts: bool = False
) -> DelimitedUnit:
    """`content` between boundaries; at most `image_limit` pictures, those of the first slots with a usable URL."""
    numbered = list(enumerate(content.pins[: LIMITS["pins"]], start=1))
    named = [(number, pin.image_url) for number, pin in numbered if pin.image_url]
    usable = [
        (number, url)
        for number, url in named
        if len(url) <= LIMITS["url"] and is_usable_url(url, allows_private_hosts=allows_private_image_hosts)
    ]
    pictures = tuple(usable[: max(image_limit, 0)])
    shown = {number for number, _ in pictures}
    fields = [
        ("language", _quoted(content.language, LIMITS["language"])),
        ("query", _quoted(content.query_text, LIMITS["query"])),
        ("response", _quoted(content.response_text, LIMITS["response"])),
        *(field for number, pin in numbered for field in _pin_fields(number, pin, is_shown=number in shown)),
    ]
    n_left_out = len(content.pins) - len(numbered)
    if n_left_out:
        fields.append(("images left out", str(n_left_out)))
    everything = "\n".join([*(value for _, value in fields), *(url for _, url in pictures)])
    boundary = _boundary(prompt_version, content.content_hash, everything)
    return DelimitedUnit(boundary, tuple(f"{boundary} {name} = {value}" for name, value in fields), pictures)


def _pin_fields(number: int, pin: PinContent, *, is_shown: bool) -> Iterator[tuple[str, str]]:
    yield f"image {number} title", _quoted(pin.title, LIMITS["title"])
    yield f"image {number} picture", "below" if is_shown else "not shown"


def _quoted(text: str | None, limit: int) -> str:
    """`text` as JSON on one line, hidden characters marked, shortened to `limit`; null if there is none."""
    if text is None:
        return "null"
    return json.dumps(shortened(visible_text(text), limit), ensure_ascii=False).translate(_ESCAPED)


def _boundary(prompt_version: str, content_hash: str, everything: str) -> str:
    """The first of the hashes over version, content and a counter that `everything` does not contain."""
    attempt = 0
    while True:
        seed = f"{prompt_version}\n{content_hash}\n{attempt}"
        boundary = f"unit-{hashlib.sha256(seed.encode()).hexdigest()[:_BOUNDARY_DIGITS]}"
        if boundary not in everything:
            return boundary
        attempt += 1


def _text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image_part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}
