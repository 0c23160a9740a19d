"""Scores that came with the logs: a map from anybody's pen, made into entries that can be sorted and be a map again."""

from pyspark.sql import Column
from pyspark.sql import functions as F

_BYTES_PER_SCORE = 16


def sorted_scores(scores: Column) -> Column:
    """The entries (key, value) of the map `scores` by key, each key once; null stays null.

    Maps have no order; as sorted entries they can be part of a sorted array. Files may hold a key twice, and null as
    one, which Spark's maps do not: of a key's values the largest is kept, NaN above all.
    """
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
