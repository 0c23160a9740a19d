"""What the logs' rules need without Spark; tests hold it against lib/units, which it must not import.

Importing pyspark takes a second, which no other engine is to pay.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta

from scripts.benchmark.measured_work import ID_KEY_VARIABLE

# As in lib/units/readable_text.py.
BLANK_CHARACTERS = (
    "\x00\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
)
REPLACEMENT = "\ufffd"
# As in lib/units/identifiers.py.
SEPARATOR, ESCAPE = "\u001f", "\u001e"
# As in lib/units/record_checks.py: how far from its day's beginning an event may lie.
EARLIEST, LATEST = timedelta(days=-30), timedelta(days=2)
# As in lib/units/deliveries.py and platform_scores.py.
FIXED_BYTES, BYTES_PER_SCORE = 100, 16
# As in lib/scoring/text_scorer.py.
SCORE_DECIMALS = 9
_BLOCK_BYTES = 64


def hash_pads(environment: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Inner and outer pad of HMAC-SHA-256 with the environment's key (RFC 2104)."""
    key = environment[ID_KEY_VARIABLE].encode()
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in padded), bytes(byte ^ 0x5C for byte in padded)


def midnight(ds: date, offset: timedelta = timedelta(0)) -> str:
    """The beginning of the day that lies `offset` from `ds`, UTC, as text."""
    return f"{ds + offset} 00:00:00+00"
