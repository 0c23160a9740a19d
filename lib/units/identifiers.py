"""Ids of units, and keyed hashes in place of people's ids."""

import hashlib
from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.errors import ConfigurationError

_BLOCK_BYTES = 64  # block size of SHA-256, RFC 2104
_MINIMUM_KEY_BYTES = 16


def unit_id(query_id: Column, response_id: Column) -> Column:
    """Deterministic id of the unit: 32 hex digits of SHA-256 over both ids.

    128 bits: among 10⁹ units a day for a century, the chance of any collision is below 10⁻¹¹.
    """
    # A control character keeps ("a", "bc") and ("ab", "c") apart.
    joined = F.concat(query_id, F.lit("\u001f"), F.coalesce(response_id, F.lit("")))
    return F.substring(F.sha2(joined, 256), 1, 32)


def keyed_hash(identifier: Column, *, key: bytes) -> Column:
    """HMAC-SHA-256 of `identifier` under `key`, 64 hex digits; null stays null (RFC 2104).

    Built-in functions only: no row leaves the JVM. The padded key is a literal of the plan; lib.session redacts it.
    """
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    inner_pad = F.lit(bytearray(byte ^ 0x36 for byte in padded))
    outer_pad = F.lit(bytearray(byte ^ 0x5C for byte in padded))
    inner = F.sha2(F.concat(inner_pad, identifier.cast("binary")), 256)
    return F.sha2(F.concat(outer_pad, F.unhex(inner)), 256)


def id_key(environment: Mapping[str, str], variable: str) -> bytes:
    """The key of the id hashes from `environment`; raises ConfigurationError if it is missing or too short."""
    key = environment.get(variable, "").encode()
    if len(key) < _MINIMUM_KEY_BYTES:
        state = "is not set" if not key else f"has {len(key)} bytes"
        raise ConfigurationError(
            f"Environment variable {variable} {state}; set it to a secret of at least {_MINIMUM_KEY_BYTES} bytes: "
            "user and session ids are hashed with it."
        )
    return key
