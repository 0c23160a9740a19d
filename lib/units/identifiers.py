"""Ids of units, and keyed hashes in place of people's ids."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
from pyspark.sql import Column, SparkSession
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


@dataclass(frozen=True)
class HashKey:
    """A key of HMAC-SHA-256 as two columns of 64 bytes (RFC 2104), which can be used but not read.

    A literal would stand in plans, and with them in the event log, the UI and messages of errors, as hex digits. These
    are scalar subqueries over a local table of one row: of such a table Spark prints the columns and never the rows.
    """

    inner_pad: Column
    outer_pad: Column

    @classmethod
    def of(cls, spark: SparkSession, key: bytes) -> Self:
        """The key for use in frames of the session."""
        padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
        masks = {"inner_pad": 0x36, "outer_pad": 0x5C}
        pads = {name: [bytes(byte ^ mask for byte in padded)] for name, mask in masks.items()}
        table = spark.createDataFrame(pa.table(pads))
        return cls(*[table.select(name).scalar() for name in masks])


def keyed_hash(identifier: Column, *, key: HashKey) -> Column:
    """HMAC-SHA-256 of `identifier` under `key`, 64 hex digits; null stays null (RFC 2104).

    Built-in functions only: no row leaves the JVM.
    """
    inner = F.sha2(F.concat(key.inner_pad, identifier.cast("binary")), 256)
    return F.sha2(F.concat(key.outer_pad, F.unhex(inner)), 256)


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
