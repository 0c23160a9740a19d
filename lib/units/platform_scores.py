"""Scores that came with the logs: a map from anybody's pen, made into entries that can be sorted and be a map again."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_BYTES_PER_SCORE = 16


def sorted_scores(scores: Column) -> Column:
    """The entries (key, value) of the map `scores` by key, each key once; null stays null.

    Maps have no order; as sorted entries they can be part of a sorted array. Files may hold a key twice, and null as
    one, which Spark's maps do not: of a key's values the largest is kept, NaN above all.
    """
    as_logged = F.sort_array(F.map_entries(scores))
    # Nearly all are as they should be. Functions over entries are not compiled, and would cost a response more than all
    # else that is done with it.
    return F.when(_is_canonical(as_logged), as_logged).otherwise(_canonical(scores))


def _is_canonical(entries: Column) -> Column:
    """Whether sorted entries have no null as a key, no key twice, no key that is not UTF-8, and no 0.0 of any sign."""
    keys = entries["key"]
    is_canonical = (
        F.get(keys, F.lit(0)).isNotNull()
        # A separator ends every sequence of bytes: all are valid if they are together.
        & F.is_valid_utf8(F.array_join(keys, "\0"))
        & (F.size(F.array_distinct(keys)) == F.size(keys))
        & ~F.coalesce(F.array_contains(entries["value"], 0.0), F.lit(False))
    )
    return F.coalesce(is_canonical, F.lit(False))


def _canonical(scores: Column) -> Column:
    # A comparison of -0.0 and 0.0 does not tell which is first; the sum is 0.0 for both.
    entries = F.transform(
        F.map_entries(scores),
        lambda entry: F.struct(
            F.make_valid_utf8(entry["key"]).alias("key"), (entry["value"] + F.lit(0.0)).alias("value")
        ),
    )
    in_order = F.sort_array(F.filter(entries, lambda entry: entry["key"].isNotNull()))
    # Shifted by one: every entry beside the one after it.
    following = F.slice(
        F.concat(in_order, F.array(F.lit(None).cast("struct<key:string,value:double>"))), 2, F.size(in_order)
    )
    pairs = F.arrays_zip(in_order.alias("entry"), following.alias("next"))
    last = F.filter(pairs, lambda pair: ~pair["entry"]["key"].eqNullSafe(pair["next"]["key"]))
    return F.transform(last, lambda pair: pair["entry"])


def score_bytes(scores: Column) -> Column:
    """Bytes that `sorted_scores` take, about, as bigint."""
    keys = F.octet_length(F.array_join(scores["key"], ""))
    return F.coalesce((keys + F.size(scores) * _BYTES_PER_SCORE).cast("bigint"), F.lit(0))
