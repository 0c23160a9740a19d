"""Groups the deliveries of an event by its parent in one shuffle, and removes duplicates inside the array.

Logs are delivered at least once. Removing duplicates inside the grouped array costs half of removing them before.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.units.record_checks import is_blank

# Joins match on (match_class, key): only USABLE records of both sides share a class.
USABLE = 1

# A blank key would put all its records into one group: it is spread over this many.
_N_SPREAD_GROUPS = 1024
_NULL_KEY = "\u0000null\u0000"
_EMPTY_KEY = "\u0000empty\u0000"


def group_deliveries(
    log: DataFrame, *, fault: Column, unusable_class: int, key: str, fields: Sequence[Column], deliveries: str
) -> DataFrame:
    """Group the rows of `log` by `key`, usable and unusable ones apart.

    Returns one row per group: match_class (USABLE where `fault` is null, else `unusable_class`), `key` (spread when
    blank, see `original_key`) and the array `deliveries` of structs of `fields`, in ascending order.
    """
    match_class = F.when(fault.isNull(), USABLE).otherwise(unusable_class)
    delivery = F.struct(*fields)
    spread = F.pmod(F.xxhash64(delivery), F.lit(_N_SPREAD_GROUPS)).cast("string")
    blank_key = F.concat(F.when(F.col(key).isNull(), _NULL_KEY).otherwise(_EMPTY_KEY), spread)
    return (
        log.select(
            match_class.alias("match_class"),
            F.when(is_blank(key), blank_key).otherwise(F.col(key)).alias(key),
            delivery.alias("delivery"),
        )
        .groupBy("match_class", key)
        .agg(F.sort_array(F.collect_list("delivery")).alias(deliveries))
    )


def original_key(key: Column) -> Column:
    """The key as it was in the log, for an unusable group whose blank key was spread."""
    return F.when(key.startswith(_EMPTY_KEY), "").when(~key.startswith(_NULL_KEY), key)


def first_of_each(deliveries: Column, identity: Sequence[str]) -> Column:
    """The first delivery of each event of a sorted array; events are told apart by the fields `identity`."""

    def is_first(delivery: Column, position: Column) -> Column:
        return ~_is_same(delivery, F.get(deliveries, position - 1), identity)

    return F.filter(deliveries, is_first)


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
