"""Finds numbers that are built like national ids: by form, and by check digits where there are any."""

import re
from collections.abc import Callable, Iterator
from datetime import date

from lib.labelling.redaction.check_digits import passes_luhn, passes_verhoeff, weighted_sum
from schemas.contracts.redaction_settings import RedactionSettings

_ALONE, _ENDS = r"(?<![\w.,-])", r"(?![\w-]|[.,]\d)"
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_ALONE}(?:{pattern}){_ENDS}", re.IGNORECASE | re.ASCII)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _is_dni(text: str) -> bool:
    """Spain: the letter is the number modulo 23; X, Y, Z begin a foreigner's as 0, 1, 2."""
    plain = text.upper().replace("-", "").replace(" ", "")
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(number) % 23] == plain[-1]


def _is_cpf(text: str) -> bool:
    """Brazil: two check digits modulo 11."""
    digits = _digits(text)
    first, second = (weighted_sum(digits, range(n, 1, -1)) * 10 % 11 % 10 for n in (10, 11))
    return digits[9:] == f"{first}{second}" and len(set(digits)) > 1


def _is_pesel(text: str) -> bool:
    """Poland: a date of birth, the century added to its month, and a check digit."""
    is_dated = _is_date(int(text[2:4]) % 20, int(text[4:6]))
    return is_dated and weighted_sum(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _is_personnummer(text: str) -> bool:
    """Sweden: a date of birth (or of 60 days later), and a Luhn check digit over ten digits."""
    digits = _digits(text)[-10:]
    return _is_date(int(digits[2:4]), int(digits[4:6]) % 60) and passes_luhn(digits)


def _is_resident_id(text: str) -> bool:
    """China (GB 11643): a date of birth, and a check digit modulo 11, where X stands for 10."""
    check = "10X98765432"[weighted_sum(text, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11]
    return _is_date(int(text[10:12]), int(text[12:14])) and text[-1].upper() == check


def _is_insee(text: str) -> bool:
    """France: thirteen digits and their key, 97 less the remainder by 97; 2A and 2B count as 19 and 18."""
    plain = text.upper().replace(" ", "").replace("2A", "19", 1).replace("2B", "18", 1)
    return 97 - int(plain[:13]) % 97 == int(plain[13:])


def _is_fodselsnummer(text: str) -> bool:
    """Norway: two check digits modulo 11 over a date of birth and a number."""
    first = weighted_sum(text, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return first == 0 and weighted_sum(text, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _is_hetu(text: str) -> bool:
    """Finland: a date of birth and a number, their remainder by 31 as a letter or digit."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10].upper()


def _is_turkish_id(text: str) -> bool:
    """Türkiye: the tenth digit from odd and even places, the eleventh from the sum of all before."""
    odd, even = (sum(int(digit) for digit in text[first:9:2]) for first in (0, 1))
    return text[9:] == f"{(7 * odd - even) % 10}{(odd + even + int(text[9])) % 10}"


def _is_eleven_digits(text: str) -> bool:
    """Poland, Brazil, Norway, Türkiye: eleven digits without anything between."""
    return _is_pesel(text) or _is_cpf(text) or _is_fodselsnummer(text) or _is_turkish_id(text)


def _is_ahv(text: str) -> bool:
    """Switzerland: the check digit of an article's number."""
    digits = _digits(text)
    return (weighted_sum(digits, (1, 3) * 6) + int(digits[-1])) % 10 == 0


def _is_rrn(text: str) -> bool:
    """South Korea: a date of birth, then a digit for century and sex."""
    return _is_date(int(text[2:4]), int(text[4:6]))


def _is_sin(text: str) -> bool:
    """Canada."""
    return passes_luhn(_digits(text))


def _is_date(month: int, day: int) -> bool:
    try:
        date(2000, month, day)
    except ValueError:
        return False
    return True


def _is_aadhaar(text: str) -> bool:
    return passes_verhoeff(_digits(text))


# Form, and what else must hold; None where a form has no check digit and is rare enough without one.
_IDS: tuple[tuple[re.Pattern[str], Callable[[str], bool] | None], ...] = (
    # United States: social security and taxpayer numbers.
    (_form(r"\d{3}([- ])\d{2}\1\d{4}"), None),
    # United Kingdom, national insurance number.
    (_form(r"[a-ceghj-prstw-z][a-ceghj-nprstw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]"), None),
    (_form(r"(?:\d{8}|[xyz][- ]?\d{7})[- ]?[a-z]"), _is_dni),
    # Italy, codice fiscale.
    (_form(r"[a-z]{6} ?\d{2}[abcdehlmprst]\d{2} ?[a-z]\d{3}[a-z]"), None),
    (_form(r"\d{3}\.\d{3}\.\d{3}-\d{2}"), _is_cpf),
    # India: Aadhaar; permanent account number, whose fourth letter says whose it is.
    (_form(r"[2-9]\d{3}([ -])\d{4}\1\d{4}"), _is_aadhaar),
    (_form(r"[a-z]{3}[abcfghljpt][a-z]\d{4}[a-z]"), None),
    (_form(r"\d{11}"), _is_eleven_digits),
    (_form(r"\d{6}[-+a]\d{3}[0-9a-y]"), _is_hetu),
    (_form(r"\d{6}-[1-8]\d{6}"), _is_rrn),
    (_form(r"\d{3}([ -])\d{3}\1\d{3}"), _is_sin),
    (_form(r"756\.\d{4}\.\d{4}\.\d{2}"), _is_ahv),
    (_form(r"(?:\d{2})?\d{6}[-+]\d{4}"), _is_personnummer),
    (_form(r"\d{17}[\dx]"), _is_resident_id),
    (_form(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ab]) ?\d{3} ?\d{3} ?\d{2}"), _is_insee),
    # Mexico, CURP.
    (_form(r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z0-9]\d"), None),
)


def find_national_ids(text: str, _settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of numbers in the folded `text` that are built like a person's id in one of twenty countries."""
    for form, holds in _IDS:
        for found in form.finditer(text):
            if holds is None or holds(found.group()):
                yield found.span()
