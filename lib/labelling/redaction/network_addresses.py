"""Finds IPv4, IPv6 and MAC addresses."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from schemas.contracts.redaction_settings import RedactionSettings

_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = re.compile(rf"(?<![\w.])(?:{_BYTE}\.){{3}}{_BYTE}(?!\w|\.\d)", re.ASCII)
# Four numbers are a version where the word before them says so.
_VERSION_BEFORE = re.compile(
    r"(?:\bv|\bversion|\brelease|\bbuild|\bfirmware|\bios|\bandroid)[ \t:.=]{0,3}$", re.IGNORECASE
)
_IPV6 = re.compile(
    r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])", re.IGNORECASE | re.ASCII
)
_MAC = re.compile(
    r"(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])", re.IGNORECASE | re.ASCII
)
_LOOK_BEHIND = 16
_LEAST_GROUPS = 2


def find_network_addresses(text: str, _settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of addresses of machines in the folded `text`."""
    for found in _IPV4.finditer(text):
        if not _VERSION_BEFORE.search(text[max(0, found.start() - _LOOK_BEHIND) : found.start()]):
            yield found.span()
    for found in _IPV6.finditer(text):
        if _is_ipv6(found.group()):
            yield found.span()
    for found in _MAC.finditer(text):
        yield found.span()


def _is_ipv6(candidate: str) -> bool:
    """Whether it is an address and no time of day or piece of a program: two groups at least, and a digit."""
    groups = [group for group in candidate.split(":") if group]
    if len(groups) < _LEAST_GROUPS or not any(character.isdigit() for character in candidate):
        return False
    try:
        IPv6Address(candidate)
    except AddressValueError:
        return False
    return True
