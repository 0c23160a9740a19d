"""Ids of units, and keyed hashes in place of people's ids."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.units.readable_text import unless_blank
from schemas.errors import ConfigurationError

_SEPARATOR, _ESCAPE = "\u001f", "\u001e"
_BLOCK_BYTES = 64  # block size of SHA-256, RFC 2104
_MINIMUM_KEY_BYTES = 16
_KEY_ID_DIGITS = 12


def unit_id(query_id: Column, response_id: Column) -> Column:
    """Deterministic id of the unit: 32 hex digits of SHA-256 over both ids.

    A control character keeps ("a", "bc") and ("ab", "c") apart; in the ids themselves it is escaped, so no two pairs
    are joined to the same text. 128 bits: among 10⁹ units a day for a century, the chance of any collision is below
    10⁻¹¹. A response's id is never empty, so a unit without a response is like no other.
    """
    joined = F.concat(_escaped(query_id), F.lit(_SEPARATOR), _escaped(F.coalesce(response_id, F.lit(""))))
    return F.substring(F.sha2(joined, 256), 1, 32)


def _escaped(identifier: Column) -> Column:
    """`identifier` without the separator; different identifiers stay different, ordinary ones stay the same."""
    escaped = F.replace(identifier, F.lit(_ESCAPE), F.lit(f"{_ESCAPE}0"))
    return F.replace(escaped, F.lit(_SEPARATOR), F.lit(f"{_ESCAPE}1"))


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


def without_people(query_log: DataFrame, *, key: bytes) -> DataFrame:
    """`query_log` with user_key and session_key, keyed hashes, in place of user_id and session_id.

    To be applied to the log itself, before anything is shuffled, cached or written: no file of Spark's holds ids then.
    Ids are hashed byte by byte: two that are no UTF-8 stay two. A blank id is nobody's: its key is null.
    """
    hash_key = HashKey.of(query_log.sparkSession, key)
    ids = {name: unless_blank(F.col(f"{name}_id")) for name in ("user", "session")}
    hashes = {f"{name}_key": keyed_hash(identifier, key=hash_key) for name, identifier in ids.items()}
    return query_log.withColumns(hashes).drop("user_id", "session_id")


def person_key(identifier: str, *, key: bytes) -> str:
    """What `keyed_hash` makes of one identifier, without Spark."""
    return hmac.new(key, identifier.encode(), hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Name of a key that tells nothing about it: 12 hex digits of its HMAC-SHA-256 over a fixed text."""
    return hmac.new(key, b"plumbline id key", hashlib.sha256).hexdigest()[:_KEY_ID_DIGITS]


def id_keys(environment: Mapping[str, str], variable: str, previous: Sequence[str]) -> list[bytes]:
    """The key that hashes now, then those of `previous` variables that rows may have been hashed with."""
    return [id_key(environment, name) for name in (variable, *previous)]


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
