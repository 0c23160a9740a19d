"""Finds e-mail addresses: plain, internationalised, percent- or HTML-encoded, and spelled so that no robot reads them.

Every run of characters that may begin an address is tried once, from its start, and given up whole: the time grows with
the text's length alone, whatever it is made of.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from lib.labelling.redaction.folded_text import UNSPACED
from schemas.contracts.redaction_settings import RedactionSettings

_LOCAL = rf"(?:(?![{UNSPACED}])[\w.+'-])"
_NO_LOCAL_BEFORE = rf"(?:(?<=[{UNSPACED}])|(?<![\w.+'-]))"
_AT_SIGN = r"(?:@|%40|&#0{0,4}64;|&\#x0{0,4}40;|&commat;)"
_LABEL, _LETTER = rf"(?:(?![{UNSPACED}])[\w-])", rf"(?:(?![{UNSPACED}])[^\W\d_])"
# The last label names no number; xn-- begins one that is written in another script.
_PLAIN = re.compile(
    rf"{_NO_LOCAL_BEFORE}(?:\"[^\"\s]{{1,64}}\"|{_LOCAL}++){_AT_SIGN}"
    rf"(?P<domain>{_LABEL}++(?:\.{_LABEL}+)*\.(?:xn--[a-z0-9-]{{2,59}}|{_LETTER}{{2,24}}))",
    re.IGNORECASE,
)
# Local part and domain in any script, for what is left.
_ANY_SCRIPT = re.compile(
    rf"(?<![\w.+'-])[\w.+'-]++{_AT_SIGN}(?P<domain>[\w-]++(?:\.[\w-]+)*\.[^\W\d_]{{2,24}})", re.IGNORECASE
)

_WORD_AT, _WORD_DOT = r"(?:at|arroba|arobase|chez|\u00e4t|@)", r"(?:dot|punto|point|punkt|ponto|\.)"
_OPENED, _CLOSED = r"[ \t]{0,3}[(\[{<]{1,2}[ \t]{0,2}", r"[ \t]{0,2}[)\]}>]{1,2}[ \t]{0,3}"
_BRACKETED_AT = f"{_OPENED}{_WORD_AT}{_CLOSED}"
_ANY_DOT = rf"(?:{_OPENED}{_WORD_DOT}{_CLOSED}|[ \t]{{1,3}}{_WORD_DOT}[ \t]{{1,3}}|\.)"
_SPOKEN_DOT = r"[ \t]{1,3}(?:dot|punto|point|punkt|ponto)[ \t]{1,3}"
# Words say `at` and `dot` in passing: without brackets the last word must be the end of an address.
_ENDINGS = (
    r"(?:com|org|net|edu|gov|info|biz|io|me|co|app|dev|online|site|xyz|de|fr|es|it|nl|pl|pt|br|uk|us|ru|ua|in|jp|kr|cn|"
    r"tr|eu|at|ch|ca|au|nz|mx|ar|cl|se|no|dk|fi|cz|gr|ro|hu|ie|be|za|id|ph|vn)(?!\w)"
)
_SPELLED = re.compile(
    rf"{_NO_LOCAL_BEFORE}{_LOCAL}++(?:{_SPOKEN_DOT}{_LOCAL}++){{0,2}}(?:"
    rf"{_BRACKETED_AT}(?P<bracketed>[\w-]++(?:{_ANY_DOT}[\w-]++){{0,3}}{_ANY_DOT}[^\W\d_]{{2,24}})"
    rf"|[ \t]{{1,3}}(?:at|arroba|arobase)[ \t]{{1,3}}"
    rf"(?P<spoken>[\w-]++(?:{_SPOKEN_DOT}[\w-]++){{0,3}}?{_SPOKEN_DOT}{_ENDINGS})"
    rf"|{_AT_SIGN}(?P<half>[\w-]++(?:{_ANY_DOT}[\w-]++){{0,3}}?{_ANY_DOT}{_ENDINGS})"
    rf"|[ \t]{{1,2}}@[ \t]{{0,2}}(?P<spaced>[\w-]++(?:[ \t]?\.[ \t]?[\w-]++){{0,3}}?[ \t]?\.[ \t]?{_ENDINGS})"
    rf"|@[ \t]{{1,2}}(?P<apart>[\w-]++(?:[ \t]?\.[ \t]?[\w-]++){{0,3}}?[ \t]?\.[ \t]?{_ENDINGS})"
    rf")",
    re.IGNORECASE,
)
_DOT = re.compile(_ANY_DOT, re.IGNORECASE)


def find_emails(text: str, settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of e-mail addresses in the folded `text`, but for those at domains of one's own."""
    plain = list(_PLAIN.finditer(text))
    for found in plain:
        if not is_own_domain(found["domain"], settings):
            yield found.span()
    starts = [found.start("domain") for found in plain]
    for found in _ANY_SCRIPT.finditer(text):
        position = bisect_left(starts, found.start())
        is_known = position < len(starts) and starts[position] <= found.end()
        if not is_known and not is_own_domain(found["domain"], settings):
            yield found.span()
    for found in _SPELLED.finditer(text):
        domain = next(part for part in found.groupdict().values() if part is not None)
        if not is_own_domain(_DOT.sub(".", domain), settings):
            yield found.span()


def is_own_domain(domain: str, settings: RedactionSettings) -> bool:
    """Whether `domain` is one of one's own, or below one."""
    host = domain.casefold().strip(".")
    return any(host == own or host.endswith(f".{own}") for own in settings.own_domains)
