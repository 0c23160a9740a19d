"""Finds payment card numbers and IBANs by form and check digits."""

import re
from collections.abc import Iterator

from lib.labelling.redaction.check_digits import passes_luhn, passes_mod_97
from schemas.contracts.redaction_settings import RedactionSettings

_CARD = re.compile(r"(?<![\w.,])\d(?:[ -]?\d){11,18}(?!\w|[ -]?\d|[.,]\d)", re.ASCII)
# Sixteen digits are a card's length, whatever they begin with. Others by brand: American Express, Diners, JCB, Maestro,
# Visa, UnionPay. Thirteen are an article's number, and Visa's cards of that length are gone.
_BRANDS = re.compile(
    r"[2-9]\d{15}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|(?:2131|1800)\d{11}|(?:50|5[6-9]|6\d)(?:\d{10}|\d{12,17})"
    r"|4\d{18}|35\d{14,17}|62\d{14,17}"
)
_IBAN_START = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?=[ -]?[a-z0-9])", re.IGNORECASE | re.ASCII)
# Without blanks, of any country.
_UNREGISTERED = re.compile(r"(?<!\w)[a-z]{2}\d{2}[a-z0-9]{11,30}(?!\w)", re.IGNORECASE | re.ASCII)
# Length of an IBAN by country (SWIFT's registry).
_IBAN_LENGTHS = {
    "NO": 15, "BE": 16, "DK": 18, "FI": 18, "FO": 18, "GL": 18, "NL": 18, "MK": 19, "SI": 19, "AT": 20, "BA": 20,
    "EE": 20, "KZ": 20, "LT": 20, "LU": 20, "XK": 20, "CH": 21, "HR": 21, "LI": 21, "LV": 21, "BG": 22, "BH": 22,
    "CR": 22, "DE": 22, "GB": 22, "GE": 22, "IE": 22, "ME": 22, "RS": 22, "VA": 22, "AE": 23, "GI": 23, "IL": 23,
    "IQ": 23, "OM": 23, "AD": 24, "CZ": 24, "ES": 24, "MD": 24, "PK": 24, "RO": 24, "SA": 24, "SE": 24, "SK": 24,
    "TN": 24, "VG": 24, "PT": 25, "IS": 26, "TR": 26, "CY": 28, "DO": 28, "GT": 28, "HU": 28, "LB": 28, "PL": 28,
    "SV": 28, "AL": 28, "AZ": 28, "BY": 28, "BR": 29, "EG": 29, "PS": 29, "QA": 29, "UA": 29, "JO": 30, "KW": 30,
    "MU": 30, "MT": 31, "SC": 31, "LC": 32, "FR": 27, "GR": 27, "IT": 27, "MC": 27, "MR": 27, "SM": 27,
}  # fmt: skip


def find_payment_cards(text: str, _settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of card numbers in the folded `text`: a brand's beginning and length, and the Luhn check digit."""
    for found in _CARD.finditer(text):
        digits = found.group().replace(" ", "").replace("-", "")
        if _BRANDS.fullmatch(digits) and passes_luhn(digits) and len(set(digits)) > 1:
            yield found.span()


def find_ibans(text: str, _settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of IBANs in the folded `text`: the country's length, blanks or dashes between, and the check digits."""
    for found in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(found.group()[:2].upper())
        read = _read(text, found.start(), length) if length else None
        if read is not None and passes_mod_97(read[0]):
            yield found.start(), read[1]
    for found in _UNREGISTERED.finditer(text):
        if passes_mod_97(found.group().upper()):
            yield found.span()


def _read(text: str, start: int, length: int) -> tuple[str, int] | None:
    """The `length` letters and digits from `start` on, one blank or dash between two at most, and where they end."""
    characters: list[str] = []
    index = start
    while len(characters) < length and index < len(text):
        character = text[index].upper()
        if character.isascii() and character.isalnum():
            characters.append(character)
        elif character not in " -" or text[index - 1] in " -":
            return None
        index += 1
    is_cut = index < len(text) and text[index].isascii() and text[index].isalnum()
    return None if len(characters) < length or is_cut else ("".join(characters), index)
