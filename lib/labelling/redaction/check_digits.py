"""Check digits of the numbers that carry one: what looks like a card or an id by chance seldom passes."""

from collections.abc import Sequence

# Verhoeff (1969): the dihedral group D5 and the permutation that is applied place by place.
_D5 = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
    "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def passes_luhn(digits: str) -> bool:
    """Payment cards, Swedish ids (ISO/IEC 7812-1): every second digit from the right doubled, sum divisible by 10."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def passes_verhoeff(digits: str) -> bool:
    """Aadhaar numbers."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_D5[check][int(_PERMUTED[place % 8][int(digit)])])
    return check == 0


def weighted_sum(digits: str, weights: Sequence[int]) -> int:
    """Σ digit × weight over the first digits."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def passes_mod_97(iban: str) -> bool:
    """IBANs (ISO 13616): the first four characters behind the rest, letters as 10 to 35, remainder 1."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_isbn_10(digits: str) -> bool:
    """Ten digits that are an ISBN (ISO 2108)."""
    return len(digits) == 10 and weighted_sum(digits, range(10, 0, -1)) % 11 == 0
