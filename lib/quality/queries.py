"""Figures that one aggregate cannot give: distinct keys, values of another table, distributions."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.quality.distributions import BINS_PER_DOUBLING
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, Watch

N_DISTINCT = "n_distinct"
N_ROWS = "n_rows"
N_FOUND = "n_found"
BIN = "bin"
_MOST_VALUES = 50
_LONGEST_VALUE = 40
# Odds beyond 2^14 are 2^14: isotonic calibration gives exact 0 and 1, too.
_LARGEST_LOG_ODDS = 14.0


def distinct_keys(rows: DataFrame, key: Sequence[str]) -> DataFrame:
    """One row: n_distinct, how many keys there are. By 96 bits of hash: a shuffle of two numbers a row."""
    return rows.select(F.xxhash64(*key).alias("a"), F.hash(*key).alias("b")).distinct().agg(_count().alias(N_DISTINCT))


def distinct_values_found(rows: DataFrame, reference: Reference, target: DataFrame | None) -> DataFrame:
    """One row: n_distinct, values that `rows` refer to, and n_found, those of them that `target` has.

    Only the values that are looked for are shuffled, or sent around: the table that is referred to can be far larger.
    """
    names = list(reference.columns)
    wanted = rows.select(*names).dropna().distinct()
    n_wanted = wanted.agg(_count().alias(N_DISTINCT))
    if target is None:
        found_at_all = F.col(N_DISTINCT) if reference.may_come_first else F.lit(0)
        return n_wanted.select(N_DISTINCT, found_at_all.alias(N_FOUND))
    found = target.select(*names).join(wanted, names, "left_semi").distinct()
    counted = n_wanted.crossJoin(found.agg(_count().alias(N_FOUND)))
    if not reference.may_come_first:
        return counted
    any_row = target.limit(1).agg(_count().alias("n_any"))
    n_found = F.when(F.col("n_any") == 0, F.col(N_DISTINCT)).otherwise(F.col(N_FOUND))
    return counted.crossJoin(any_row).select(N_DISTINCT, n_found.alias(N_FOUND))


def duplicates(rows: DataFrame, key: Sequence[str], *, one_in: int) -> DataFrame:
    """One row: n_rows and n_distinct keys, of one in `one_in` values of the key's first column, all of their rows."""
    sampled = _sampled(rows, key[0], one_in=one_in)
    return sampled.agg(_count().alias(N_ROWS)).crossJoin(distinct_keys(sampled, key))


def orphans(rows: DataFrame, reference: Reference, target: DataFrame | None, *, one_in: int) -> DataFrame:
    """One row: n_rows that refer to something, and n_found that `target` has, of one in `one_in` values."""
    (name,) = reference.columns
    children = _sampled(rows, name, one_in=one_in).select(F.xxhash64(name).alias("parent"))
    n_children = children.agg(_count().alias(N_ROWS))
    if target is None:
        return n_children.select(N_ROWS, F.lit(0).alias(N_FOUND))
    parents = _sampled(target, name, one_in=one_in).select(F.xxhash64(name).alias("parent"))
    return n_children.crossJoin(children.join(parents, "parent", "left_semi").agg(_count().alias(N_FOUND)))


def distribution(rows: DataFrame, column: ColumnSpec, watch: Watch) -> DataFrame:
    """Bin and n_rows of a watched column; of a map one distribution a key, the bin then being `key|bin`.

    Nominal values are cut short, and all but the most frequent ones are `other`.
    """
    if column.data_type.startswith("map<"):
        exploded = rows.select(F.explode(column.name).alias("key", "value"))
        name = F.concat_ws("|", "key", _bin(F.col("value"), watch).cast("string"))
        return exploded.groupBy(name.alias(BIN)).agg(_count().alias(N_ROWS))
    value = F.col(column.name)
    if watch != "shares":
        return rows.groupBy(_bin(value, watch).cast("string").alias(BIN)).agg(_count().alias(N_ROWS))
    counts = rows.groupBy(F.substring(value, 1, _LONGEST_VALUE).alias(BIN)).agg(_count().alias(N_ROWS))
    frequent = counts.orderBy(F.desc(N_ROWS), BIN).limit(_MOST_VALUES)
    return frequent.where(F.col(BIN).isNotNull())


def _bin(value: Column, watch: Watch) -> Column:
    """Whole number, BINS_PER_DOUBLING to a doubling of the odds, or of 1 + count."""
    if watch == "probabilities":
        log_odds = F.log2(F.try_divide(value, 1.0 - value))
        # The odds of 1 are no number, and neither is the logarithm of 0.
        finite = F.when(value <= 0.0, -_LARGEST_LOG_ODDS).when(value >= 1.0, _LARGEST_LOG_ODDS).otherwise(log_odds)
        bounded = F.least(F.greatest(finite, F.lit(-_LARGEST_LOG_ODDS)), F.lit(_LARGEST_LOG_ODDS))
        return F.floor(bounded * BINS_PER_DOUBLING)
    return F.floor(F.log2(F.lit(1.0) + value) * BINS_PER_DOUBLING)


def _sampled(rows: DataFrame, name: str, *, one_in: int) -> DataFrame:
    has_value = rows.where(F.col(name).isNotNull())
    return has_value if one_in == 1 else has_value.where(F.pmod(F.xxhash64(name), F.lit(one_in)) == 0)


def _count() -> Column:
    return F.count(F.lit(1))
