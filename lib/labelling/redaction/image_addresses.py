"""Makes the address of a picture one that may be handed out: without what lets somebody in or tells who somebody is."""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from lib.labelling.redaction.secrets import REVEALING_PARAMETERS

_REVEALING = re.compile(REVEALING_PARAMETERS, re.IGNORECASE)
# Sizes, formats, versions: short and plain.
_PLAIN_VALUE = re.compile(r"[A-Za-z0-9_.,:x-]{0,16}")
_LONG_NUMBER = re.compile(r"\d{9}")


def clean_image_address(url: str, *, signed_hosts: tuple[str, ...]) -> str | None:
    """`url` without user, password, fragment, and parameters that are not short and plain; null if it names no host.

    On `signed_hosts` and below them the parameters stay: their pictures are served with them only.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").casefold()
    except ValueError:
        return None
    if not host:
        return None
    is_signed = any(host == own or host.endswith(f".{own}") for own in signed_hosts)
    query = parts.query if is_signed else "&".join(part for part in parts.query.split("&") if _is_plain(part))
    kept = SplitResult(parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, "")
    # An address that has nothing to hide stays as it is written, to the byte.
    return url if kept == parts else urlunsplit(kept)


def _is_plain(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    is_revealing = _REVEALING.fullmatch(name) is not None or _PLAIN_VALUE.fullmatch(name) is None
    return not is_revealing and _PLAIN_VALUE.fullmatch(value) is not None and _LONG_NUMBER.search(value) is None
