"""Groups the deliveries of an event by its parent in one shuffle, and removes duplicates inside the array.

Logs are delivered at least once. Removing duplicates inside the grouped array costs half of removing them before.
A group is an array in memory, so it is bounded: of a key that a broken or hostile client repeats without end, the
first deliveries are used and the others are set apart in parts of the same size.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from schemas.contracts.settings import UnitSettings

# Joins match on MATCH and the key: only USABLE records of both sides share a class, only parts 0 share a part.
# Rows are sorted by eight bytes and, where those are alike, by a comparison many times as dear. Ids of one day begin
# alike; their hashes do not.
MATCH = ("key_hash", "match_class", "part")
USABLE = ""
SURPLUS = "surplus_delivery"

# Unusable records need no group, and one bad key must not put all of them into one task: they are spread over these.
_N_SPREAD_GROUPS = 1024
# What a delivery takes beside its texts, roughly.
_FIXED_BYTES = 100


def group_deliveries(
    log: DataFrame,
    *,
    source: str,
    fault: Column,
    key: str,
    fields: Sequence[Column],
    n_bytes: Column,
    is_child: bool,
    deliveries: str,
    limits: UnitSettings,
) -> DataFrame:
    """Group the rows of `log` by `key`, usable and unusable ones apart.

    `n_bytes` is the length of a row's texts. Returns one row per group: match_class (USABLE where `fault` is null, else
    `source` and the fault), `key` (spread if unusable, see `original_key`), key_hash, part and the array `deliveries`
    of structs of `fields`, in ascending order. Part 0 holds as many as `limits` allow; further parts are 1, 2, … or, if
    `is_child`, -1, -2, …: they match nothing.
    """
    delivery = F.struct(*fields)
    spread = F.pmod(F.xxhash64(delivery), F.lit(_N_SPREAD_GROUPS)).cast("string")
    rows = log.select(
        F.coalesce(F.concat(F.lit(f"{source}:"), fault), F.lit(USABLE)).alias("match_class"),
        F.when(fault.isNull(), F.col(key)).otherwise(F.concat_ws(":", spread, key)).alias(key),
        delivery.alias("delivery"),
        (n_bytes + _FIXED_BYTES).alias("n_bytes"),
    ).withColumn("key_hash", key_hash(key))
    # Both over one frame: Spark walks through the rows once for each.
    before = (
        Window.partitionBy("key_hash", "match_class", key)
        .orderBy("delivery")
        .rowsBetween(Window.unboundedPreceding, -1)
    )
    n_before = F.count(F.lit(1)).over(before)
    bytes_before = F.coalesce(F.sum("n_bytes").over(before), F.lit(0))
    part = F.greatest(
        F.floor(n_before / limits.maximum_deliveries_per_key), F.floor(bytes_before / limits.maximum_bytes_per_key)
    )
    return (
        rows.withColumn("part", -part if is_child else part)
        .groupBy("key_hash", "match_class", "part", key)
        .agg(F.sort_array(F.collect_list("delivery")).alias(deliveries))
    )


def key_hash(key: str) -> Column:
    """What rows are sorted by before their key."""
    return F.xxhash64(key)


def original_key(match_class: Column, key: Column) -> Column:
    """The key as it was in the log: that of an unusable record was spread, `17:key`, or `17` for null."""
    spread_key = F.when(F.contains(key, F.lit(":")), F.substr(key, F.instr(key, ":") + 1))
    return F.when(match_class == USABLE, key).otherwise(spread_key)


def rejection(match_class: Column, part: Column) -> Column:
    """Why the deliveries of a group can be in no unit; null if nothing is wrong with them but that no parent came."""
    fault = F.substr(match_class, F.instr(match_class, ":") + 1)
    return F.when(match_class != USABLE, fault).when(part != 0, SURPLUS)


def text_bytes(names: Sequence[str]) -> Column:
    """Bytes of the string columns `names` of a row, as bigint."""
    total = F.lit(0).cast("bigint")
    for name in names:
        total = total + F.coalesce(F.octet_length(name), F.lit(0))
    return total


def first_of_each(deliveries: Column, identity: Sequence[str]) -> Column:
    """Of each event of a sorted array its first delivery and the number of further ones, as structs of both.

    Events are told apart by the fields `identity`. Takes time in proportion to the array.
    """

    def is_first(position: Column) -> Column:
        return ~_is_same(F.get(deliveries, position), F.get(deliveries, position - 1), identity)

    starts = F.filter(F.sequence(F.lit(0), F.size(deliveries) - 1), is_first)
    ends = F.concat(F.slice(starts, 2, F.size(deliveries)), F.array(F.size(deliveries)))
    # Nothing but columns and the element itself inside the lambda: it would be computed anew for every element.
    spans = F.arrays_zip(starts.alias("start"), ends.alias("end"))
    return F.transform(
        spans,
        lambda span: F.struct(
            F.get(deliveries, span["start"]).alias("delivery"),
            (span["end"] - span["start"] - 1).alias("n_further_deliveries"),
        ),
    )


def last_of_each(deliveries: Column, identity: Sequence[str]) -> Column:
    """The last delivery of each event of a sorted array; events are told apart by the fields `identity`."""

    def is_last(delivery: Column, position: Column) -> Column:
        return ~_is_same(delivery, F.get(deliveries, position + 1), identity)

    return F.filter(deliveries, is_last)


def _is_same(delivery: Column, neighbour: Column, identity: Sequence[str]) -> Column:
    """Whether both are deliveries of one event; a missing neighbour is none. Identity fields are never null."""
    same = F.lit(True)
    for name in identity:
        same = same & delivery[name].eqNullSafe(neighbour[name])
    return same
