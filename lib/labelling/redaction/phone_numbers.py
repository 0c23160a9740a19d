"""Finds phone numbers as people write them: international, North American, with a trunk zero, or announced by a word.

A number that nothing announces and that begins with neither + nor 0 is no phone number here: prices, codes and counts
look the same. Dates, ISBNs and what a word calls a code are left alone.
"""

import re
from collections.abc import Iterator

from lib.labelling.redaction.check_digits import is_isbn_10
from schemas.contracts.redaction_settings import RedactionSettings

# A letter before or after a number belongs to it in the Latin alphabet only: other scripts leave out the blank.
_PLUS = r"(?<![\w+])\+[ \t]?\(?"
# North America and Russia have ten digits behind their code, others 8 to 15 with it (ITU-T E.164).
_EXTENSION = r"(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?"
_TEN_BEHIND_CODE = re.compile(_PLUS + r"[17](?:[ \t().\-/]{0,3}\d){10}(?!\d)" + _EXTENSION, re.ASCII | re.IGNORECASE)
_INTERNATIONAL = re.compile(_PLUS + r"[2-689](?:[ \t().\-/]{0,3}\d){8,14}(?!\d)" + _EXTENSION, re.ASCII | re.IGNORECASE)
_DOUBLE_ZERO = re.compile(r"(?<![\w.,+\-/])00[1-9]\d{0,2}(?:[ \t().\-/]{1,3}\d{1,8}){1,6}(?!\w)", re.ASCII)
# Three, three and four digits: with brackets, points or dashes any, with blanks those that North America gives out.
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.+\-/])(?:(?:00)?1[ .\-/]{0,2})?(?:\(\d{3}\)[ .\-/]{0,2}\d{3}[ .\-]{1,2}|\d{3}([.-])\d{3}\1|"
    r"[2-9]\d{2}[ .\-/]{1,2}[2-9]\d{2}[ .\-]{1,2})\d{4}" + _EXTENSION + r"(?![\w\-/]|[.,]\d)",
    re.ASCII | re.IGNORECASE,
)
_EASTERN = re.compile(
    r"(?<![\w.,+\-/])(?:[78][ \-]?)?(?:\(\d{3}\)[ \-]?|\d{3}[ \-])\d{3}([ \-])\d{2}\1\d{2}(?![\w\-]|[.,]\d)", re.ASCII
)
_TRUNK_ZERO = re.compile(
    r"(?<![\w.,:+\-/])(?:\(0[1-9]\d{0,4}\)[ \-/]{0,2}|0[1-9]\d{0,4}[ .\-/]{1,3})\d{2,8}(?:[ .\-/]{1,2}\d{2,4}){0,4}"
    r"(?!\w|[,:]\d)",
    re.ASCII,
)
_BARE = re.compile(r"(?<![\w.,:+\-/#])(?:0[1-9]\d{7,9}|1[3-9]\d{9})(?!\w|[.,:/-]\d)", re.ASCII)
_ANNOUNCED = re.compile(
    r"(?<![a-z0-9_])(?:tel(?:e(?:fon[eo]?|phone))?|t\u00e9l(?:\u00e9phone)?|phone|mobile|mob|m\u00f3vil|cell|call|text|sms|"
    r"whats ?app|viber|telegram|signal|fax|handy|hotline|rufnummer|num\u00e9ro|wa\.me/|\u7535\u8bdd|\u96fb\u8a71|"
    r"\u0442\u0435\u043b\u0435\u0444\u043e\u043d|\u0442\u0435\u043b)"
    r"(?:[ \t.:;=,\-/]{0,3}(?:me|us|him|her|number|num|no|nr|at|on|is|now|under|unter|au|al|line)(?!\w)){0,3}"
    r"[ \t.:;=,\-/#]{0,4}(?P<number>[+(]?\(?\d(?:[ \t().\-/]{0,3}\d){5,14})(?![a-z0-9_])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:(?:19|20)\d{2}[ .\-/]\d{1,2}[ .\-/]\d{1,2}|\d{1,2}[ .\-/]\d{1,2}[ .\-/](?:19|20)\d{2})(?!\d)"
    r"|\d{1,2}[ .\-/]\d{1,2}[ .\-/]\d{2}$"
)
_CODE_BEFORE = re.compile(
    r"(?:isbn|issn|ean|upc|gtin|asin|sku|art(?:ikel|icle)?|item|model|part|serial|order|ref|batch|lot|nr|no|code)"
    r"[ \t.:#\-]{0,4}$",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\d+")
_LOOK_BEHIND = 16
_TRUNK_DIGITS, _DOUBLE_ZERO_DIGITS = (8, 13), (11, 17)
_LEAST_GROUPS_IF_SHORT, _SHORT = 3, 8


def find_phone_numbers(text: str, settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of phone numbers in the folded `text`, but for one's own."""
    own = {_digits(number).lstrip("0") for number in settings.own_numbers}
    for start, end in _found(text):
        if _digits(text[start:end]).lstrip("0") not in own:
            yield start, end


def _found(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_TEN_BEHIND_CODE, _INTERNATIONAL):
        for found in pattern.finditer(text):
            yield found.span()
    for pattern in (_NORTH_AMERICAN, _EASTERN):
        for found in pattern.finditer(text):
            if not _is_code(text, found.start()):
                yield found.span()
    for pattern, (least, most) in ((_TRUNK_ZERO, _TRUNK_DIGITS), (_DOUBLE_ZERO, _DOUBLE_ZERO_DIGITS)):
        for found in pattern.finditer(text):
            is_whole = least <= len(_digits(found.group())) <= most and _is_grouped(found.group())
            if is_whole and not _DATE.match(found.group()) and not _is_code(text, found.start()):
                yield found.span()
    for found in _BARE.finditer(text):
        if not is_isbn_10(found.group()) and not _is_code(text, found.start()):
            yield found.span()
    for found in _ANNOUNCED.finditer(text):
        if not _DATE.match(found["number"]):
            yield found.span("number")


def _is_grouped(number: str) -> bool:
    """Whether it is long, or written in three groups at least: eight digits in two are as often a code."""
    return len(_digits(number)) > _SHORT or len(_GROUP.findall(number)) >= _LEAST_GROUPS_IF_SHORT


def _is_code(text: str, start: int) -> bool:
    return _CODE_BEFORE.search(text[max(0, start - _LOOK_BEHIND) : start]) is not None


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
