"""SHA-256 for Polars, which has no such function: Python's own, text by text."""

import hashlib
from collections.abc import Mapping

import polars as pl

from scripts.benchmark.log_rules import ESCAPE, SEPARATOR, hash_pads


def keyed_hashes(identifiers: pl.Series, environment: Mapping[str, str]) -> pl.Series:
    """HMAC-SHA-256 of every id, hex digits; null stays null (RFC 2104). What is hashed before the id is hashed once."""
    inner, outer = (hashlib.sha256(pad) for pad in hash_pads(environment))

    def keyed(identifier: str) -> str:
        first, second = inner.copy(), outer.copy()
        first.update(identifier.encode())
        second.update(first.digest())
        return second.hexdigest()

    return pl.Series([None if text is None else keyed(text) for text in identifiers], dtype=pl.String)


def unit_ids(query_ids: pl.Series, response_ids: pl.Series) -> pl.Series:
    """32 hex digits of SHA-256 over both ids of every unit (lib/units/identifiers.py)."""
    joined = pl.select(
        pl.concat_str(
            [_escaped(pl.lit(query_ids)), pl.lit(SEPARATOR), _escaped(pl.lit(response_ids).fill_null(""))]
        ).alias("joined")
    )["joined"]
    return pl.Series([hashlib.sha256(text.encode()).hexdigest()[:32] for text in joined], dtype=pl.String)


def _escaped(identifier: pl.Expr) -> pl.Expr:
    escaped = identifier.str.replace_all(ESCAPE, f"{ESCAPE}0", literal=True)
    return escaped.str.replace_all(SEPARATOR, f"{ESCAPE}1", literal=True)
